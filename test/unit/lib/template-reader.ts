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

/** Every statement about KMS: who may open credentials, function -> its conditions; and what whoever writes them may. */
export function kmsRightsOf(resources: Record<string, Resource>) {
  const opening: Record<string, unknown> = {};
  const writing: Record<string, unknown> = {};
  for (const [id, { Type, Properties }] of Object.entries(resources)) {
    if (!/^AWS::IAM::(Managed)?Policy$/.test(Type)) continue;
    const name = id.replace(/Role(Default|Overflow)Policy\w+$/, "");
    for (const { Action, Condition, Resource } of statementsOf(Properties?.["PolicyDocument"])) {
      const actions = list(Action).filter((action) => action.startsWith("kms:"));
      const right = { ...(Condition as object), on: list(Resource).map(flat).join() };
      if (actions.join() === "kms:Decrypt") opening[name] = right;
      else if (actions.length > 0) writing[`${name} ${actions.join()}`] = right;
    }
  }
  return { opening, writing };
}

/** What a function's own role may do, a line for each statement. */
export const rightsOf = (resources: Record<string, Resource>, name: string): string[] =>
  Object.entries(resources)
    .filter(([id, { Type }]) => /^AWS::IAM::(Managed)?Policy$/.test(Type) && id.startsWith(`${name}Role`))
    .flatMap(([, { Properties }]) => statementsOf(Properties?.["PolicyDocument"]))
    .map(({ Sid, Action }) => `${Sid}: ${list(Action).join()}`);

/** Every statement of every policy that an identity has. */
export function* statementsOfIdentities(
  resources: readonly (readonly [id: string, Resource])[],
): Generator<[id: string, statement: Statement]> {
  for (const [id, { Type, Properties }] of resources) {
    if (Type === "AWS::IAM::Policy" || Type === "AWS::IAM::ManagedPolicy")
      for (const statement of statementsOf(Properties?.["PolicyDocument"])) yield [id, statement];
    if (Type !== "AWS::IAM::Role") continue;
    for (const { PolicyDocument } of list(Properties?.["Policies"] as { PolicyDocument: unknown }[]))
      for (const statement of statementsOf(PolicyDocument)) yield [id, statement];
  }
}

/** Names that AWS makes under our longest stack, a secret's ARN among what comes from the other one, and a long Region. */
const LONGEST = { stack: 23, queue: 80, name: 80, secret: 120, arn: 130 };
const PSEUDO: Record<string, string> = {
  "AWS::Region": "ap-southeast-1",
  "AWS::AccountId": "1".repeat(12),
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
  "AWS::StackName": "S".repeat(LONGEST.stack),
};

/** A property as it would be after a deployment, as far as its length goes. */
export function deployed(value: unknown, template: Record<string, Resource>): unknown {
  if (Array.isArray(value)) return value.map((part) => deployed(part, template));
  if (typeof value !== "object" || value === null) return value;
  const [[name = "", argument] = []] = Object.entries(value);
  if (name === "Ref") return PSEUDO[String(argument)] ?? named(String(argument), "Ref", template);
  if (name === "Fn::GetAtt") return named(...(argument as [string, string]), template);
  if (name === "Fn::ImportValue")
    return "i".repeat(String(argument).includes("Key") ? LONGEST.secret : LONGEST.name);
  if (name === "Fn::Join") {
    const [between, parts] = argument as [string, unknown[]];
    return parts.map((part) => deployed(part, template)).join(between);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, deployed(part, template)]));
}

function named(id: string, attribute: string, template: Record<string, Resource>): string {
  if (attribute === "Arn") return "a".repeat(LONGEST.arn);
  const most = template[id]?.Type === "AWS::SQS::Queue" ? LONGEST.queue : LONGEST.name;
  const physical = "n".repeat(Math.min(most, LONGEST.stack + id.length + 14));
  const isUrl = template[id]?.Type === "AWS::SQS::Queue" && attribute === "Ref";
  return isUrl ? `https://sqs.ap-southeast-1.amazonaws.com/${"1".repeat(12)}/${physical}` : physical;
}
