import { matchesArn, matchesPattern } from "./pattern.ts";

export type Context = Record<string, string | string[]>;

type Comparison = (actual: string, accepted: string) => boolean;

const numeric =
  (compare: (actual: number, accepted: number) => boolean): Comparison =>
  (actual, accepted) =>
    compare(Number(actual), Number(accepted));
const same: Comparison = (actual, accepted) => actual === accepted;
const sameIgnoringCase: Comparison = (actual, accepted) => actual.toLowerCase() === accepted.toLowerCase();
const like: Comparison = (actual, accepted) => matchesPattern(accepted, actual);
const arnLike: Comparison = (actual, accepted) => matchesArn(accepted, actual);

const POSITIVE: Record<string, Comparison> = {
  StringEquals: same,
  StringEqualsIgnoreCase: sameIgnoringCase,
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: sameIgnoringCase,
  NumericEquals: numeric((actual, accepted) => actual === accepted),
  NumericLessThan: numeric((actual, accepted) => actual < accepted),
  NumericLessThanEquals: numeric((actual, accepted) => actual <= accepted),
  NumericGreaterThan: numeric((actual, accepted) => actual > accepted),
  NumericGreaterThanEquals: numeric((actual, accepted) => actual >= accepted),
};

/** Negated operators also hold when the key is absent. */
const NEGATIVE: Record<string, Comparison> = {
  StringNotEquals: same,
  StringNotEqualsIgnoreCase: sameIgnoringCase,
  StringNotLike: like,
  ArnNotEquals: arnLike,
  ArnNotLike: arnLike,
  NumericNotEquals: numeric((actual, accepted) => actual === accepted),
};

type Quantifier = "one" | "all" | "any";
type Operator = {
  compare: Comparison;
  negated: boolean;
  ifExists: boolean;
  quantifier: Quantifier;
};

function parseOperator(text: string): Operator {
  const quantified = /^(ForAllValues|ForAnyValue):(.+)$/.exec(text);
  const named = quantified?.[2] ?? text;
  const ifExists = named.endsWith("IfExists");
  const name = ifExists ? named.slice(0, -"IfExists".length) : named;
  const compare = POSITIVE[name] ?? NEGATIVE[name];
  if (!compare) {
    throw new Error(
      `The IAM condition operator "${text}" is not known to the local runtime: add it to local/iam/conditions.ts.`,
    );
  }
  const quantifier = { ForAllValues: "all", ForAnyValue: "any" }[quantified?.[1] ?? ""] ?? "one";
  return { compare, negated: name in NEGATIVE, ifExists, quantifier: quantifier as Quantifier };
}

function holdsFor(operator: Operator, actual: string[] | undefined, accepted: string[]): boolean {
  const one = (value: string) => {
    const found = accepted.some((candidate) => operator.compare(value, candidate));
    return operator.negated ? !found : found;
  };
  if (actual === undefined || actual.length === 0) {
    return (
      operator.ifExists ||
      operator.quantifier === "all" ||
      (operator.negated && operator.quantifier === "one")
    );
  }
  return operator.quantifier === "any" ? actual.some(one) : actual.every(one);
}

function valuesOf(context: Context, key: string): string[] | undefined {
  // Condition keys, unlike their values, ignore case.
  const found = Object.keys(context).find((name) => name.toLowerCase() === key.toLowerCase());
  if (found === undefined) return undefined;
  const value = context[found]!;
  return Array.isArray(value) ? value : [value];
}

/** All operators and keys must hold; the values of one key are alternatives. */
export function conditionsHold(
  conditions: Record<string, Record<string, string[]>>,
  context: Context,
): boolean {
  for (const [name, keys] of Object.entries(conditions)) {
    const operator = name === "Null" ? undefined : parseOperator(name);
    for (const [key, accepted] of Object.entries(keys)) {
      const actual = valuesOf(context, key);
      const holds = operator
        ? holdsFor(operator, actual, accepted)
        : accepted.some((value) => (actual === undefined) === (value === "true"));
      if (!holds) return false;
    }
  }
  return true;
}
