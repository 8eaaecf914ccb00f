/** Evaluates CloudFormation's intrinsic functions. What a name stands for comes from `Scope`. */

export type Scope = {
  /** Value of `Ref` for resources, parameters and pseudo parameters. */
  ref(name: string): unknown;
  attribute(logicalId: string, name: string): string;
  importValue(name: string): unknown;
  condition(name: string): boolean;
  mapping(map: string, key: string, second: string): unknown;
};

/** Stands for `AWS::NoValue`: the property or list element that holds it disappears. */
export const NO_VALUE = Symbol("AWS::NoValue");

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} needs a list, got ${JSON.stringify(value)}`);
  return value;
}

function join(argument: unknown, scope: Scope): string {
  const [separator, parts] = list(argument, "Fn::Join");
  return list(resolve(parts, scope), "Fn::Join").join(String(separator));
}

function substitute(argument: unknown, scope: Scope): string {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const given = variables as Record<string, unknown>;
  return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, name: string) => {
    if (literal === "!") return `\${${name}}`;
    if (Object.hasOwn(given, name)) return String(resolve(given[name], scope));
    const dot = name.indexOf(".");
    return String(dot < 0 ? scope.ref(name) : scope.attribute(name.slice(0, dot), name.slice(dot + 1)));
  });
}

function getAttribute(argument: unknown, scope: Scope): string {
  const text = typeof argument === "string" ? argument.split(".") : list(argument, "Fn::GetAtt");
  const [logicalId, ...rest] = text;
  return scope.attribute(String(logicalId), rest.join("."));
}

function select(argument: unknown, scope: Scope): unknown {
  const [index, items] = list(resolve(argument, scope), "Fn::Select");
  const found = list(items, "Fn::Select")[Number(index)];
  if (found === undefined)
    throw new Error(`Fn::Select ${String(index)} of ${JSON.stringify(items)} is missing`);
  return found;
}

function split(argument: unknown, scope: Scope): string[] {
  const [separator, text] = list(resolve(argument, scope), "Fn::Split");
  return String(text).split(String(separator));
}

function choose(argument: unknown, scope: Scope): unknown {
  const [name, whenTrue, whenFalse] = list(argument, "Fn::If");
  return resolve(scope.condition(String(name)) ? whenTrue : whenFalse, scope);
}

function truth(value: unknown, scope: Scope): boolean {
  return resolve(value, scope) === true;
}

const intrinsics: Record<string, Intrinsic> = {
  Ref: (argument, scope) => scope.ref(String(argument)),
  Condition: (argument, scope) => scope.condition(String(argument)),
  "Fn::Join": join,
  "Fn::Sub": substitute,
  "Fn::GetAtt": getAttribute,
  "Fn::Select": select,
  "Fn::Split": split,
  "Fn::If": choose,
  "Fn::ImportValue": (argument, scope) => scope.importValue(String(resolve(argument, scope))),
  "Fn::Base64": (argument, scope) => Buffer.from(String(resolve(argument, scope))).toString("base64"),
  "Fn::GetAZs": (_argument, scope) =>
    ["a", "b", "c"].map((zone) => `${String(scope.ref("AWS::Region"))}${zone}`),
  "Fn::FindInMap": (argument, scope) => {
    const [map, key, second] = list(resolve(argument, scope), "Fn::FindInMap");
    return scope.mapping(String(map), String(key), String(second));
  },
  "Fn::ToJsonString": (argument, scope) => JSON.stringify(resolve(argument, scope)),
  "Fn::Equals": (argument, scope) => {
    const [left, right] = list(resolve(argument, scope), "Fn::Equals");
    return String(left) === String(right);
  },
  "Fn::Not": (argument, scope) => !truth(list(argument, "Fn::Not")[0], scope),
  "Fn::And": (argument, scope) => list(argument, "Fn::And").every((one) => truth(one, scope)),
  "Fn::Or": (argument, scope) => list(argument, "Fn::Or").some((one) => truth(one, scope)),
};

function refuseDynamicReference(text: string): string {
  if (text.includes("{{resolve:")) {
    throw new Error(
      `dynamic reference ${text} cannot be read here; give the secret's name and read it at run time`,
    );
  }
  return text;
}

function resolveObject(value: Record<string, unknown>, scope: Scope): unknown {
  const entries = Object.entries(value);
  const [only] = entries;
  if (only !== undefined && entries.length === 1) {
    const intrinsic = intrinsics[only[0]];
    // `Condition` is also a property of IAM statements; only a name makes it an intrinsic.
    if (intrinsic !== undefined && (only[0] !== "Condition" || typeof only[1] === "string")) {
      return intrinsic(only[1], scope);
    }
    if (only[0].startsWith("Fn::"))
      throw new Error(`${only[0]} is not known; add it to local/template/resolve.ts`);
  }
  const resolved = entries.map(([key, inner]) => [key, resolve(inner, scope)] as const);
  return Object.fromEntries(resolved.filter(([, inner]) => inner !== NO_VALUE));
}

export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === "string") return refuseDynamicReference(value);
  if (Array.isArray(value)) return value.map((one) => resolve(one, scope)).filter((one) => one !== NO_VALUE);
  if (value !== null && typeof value === "object")
    return resolveObject(value as Record<string, unknown>, scope);
  return value;
}
