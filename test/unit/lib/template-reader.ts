import assert from "node:assert/strict";

/** Reading of synthesised templates, as far as tests need it. */
export type Properties = Record<string, unknown>;
export type Resource = { Type: string; Properties?: Properties; DeletionPolicy?: string };
export type Statement = {
  Sid?: string;
  Effect: string;
  Action?: string | string[];
  Resource?: unknown;
  Condition?: unknown;
  Principal?: unknown;
};

export const resourcesOf = (template: string) =>
  (JSON.parse(template) as { Resources: Record<string, Resource> }).Resources;

export const list = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** An ARN with its references in angle brackets. */
export function flat(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, argument]] = Object.entries(value as Properties) as [[string, unknown]];
  if (name === "Ref" || name === "Fn::ImportValue") return `<${flat(argument)}>`;
  if (name === "Fn::GetAtt") return `<${(argument as string[]).join(".")}>`;
  if (name === "Fn::Join") return (argument as [string, unknown[]])[1].map(flat).join("");
  throw new Error(`${name} in an ARN`);
}

export const statementsOf = (document: unknown): Statement[] =>
  list((document as { Statement: Statement | Statement[] } | undefined)?.Statement);

/** Who may open credentials, and which: function -> conditions; and who may seal them. */
export function kmsRightsOf(resources: Record<string, Resource>) {
  const opening: Record<string, unknown> = {};
  const sealing: string[] = [];
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (!/^AWS::IAM::(Managed)?Policy$/.test(Type)) continue;
    const name = id.replace(/Role(Default|Overflow)Policy\w+$/, "");
    for (const { Action, Condition, Resource } of statementsOf(Properties?.["PolicyDocument"])) {
      const actions = list(Action).filter((action) => action.startsWith("kms:"));
      if (actions.length > 0) assert.match(flat(Resource), /^<ClarionState:\w*CredentialsKey\w+>$/, name);
      if (actions.join() === "kms:Decrypt") opening[name] = Condition;
      else if (actions.length > 0) sealing.push(`${name} ${actions.join()}`);
    }
  }
  return { opening, sealing };
}
