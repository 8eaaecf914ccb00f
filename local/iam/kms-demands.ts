import { AwsError } from "../door/aws-error.ts";
import { tagsGiven } from "../kms/tags.ts";
import type { Context } from "./conditions.ts";
import type { Demand, Input, Place } from "./demand.ts";

/** Condition keys of a call's encryption context: `kms:EncryptionContext:<name>`, and all names together. */
function contextOf({ EncryptionContext: given = {} }: Input): Context {
  const members = Object.entries(given as Record<string, unknown>);
  const context: Context = { "kms:EncryptionContextKeys": members.map(([name]) => name) };
  for (const [name, value] of members) {
    if (typeof value !== "string")
      throw new AwsError("SerializationException", `EncryptionContext.${name} is not a string.`);
    context[`kms:EncryptionContext:${name}`] = value;
  }
  return context;
}

type Tags = Record<string, string>;

/** Tags of a key, or those that a call wants to give: `aws:ResourceTag/<name>` and `aws:RequestTag/<name>`. */
const tagContext = (kind: "ResourceTag" | "RequestTag", tags: Tags): Context =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [`aws:${kind}/${name}`, value]));

const requestTags = (input: Input): Context => {
  const tags = tagsGiven(input["Tags"]);
  return { ...tagContext("RequestTag", tags), "aws:TagKeys": Object.keys(tags) };
};

/** A key that is made has no ARN yet: who tags it has to have that right for every key. */
function toCreate({ region, account }: Place, input: Input): Demand[] {
  const context = requestTags(input);
  const tagging = {
    action: "kms:TagResource",
    resource: `arn:aws:kms:${region}:${account}:key/*`,
    context,
  };
  return [
    { action: "kms:CreateKey", resource: "*", context },
    ...(context["aws:TagKeys"]?.length ? [tagging] : []),
  ];
}

/** `keyFor` gives the key that a call names, or that its ciphertext names. */
export function kmsDemands(
  place: Place,
  keyFor: (input: Input) => { arn: string; tags: Tags },
  operation: string,
  input: Input,
): Demand[] {
  if (operation === "CreateKey") return toCreate(place, input);
  const action = `kms:${operation}`;
  if (operation === "ListKeys") return [{ action, resource: "*" }];
  const { arn, tags } = keyFor(input);
  const asked = operation === "TagResource" ? requestTags(input) : contextOf(input);
  return [{ action, resource: arn, context: { ...tagContext("ResourceTag", tags), ...asked } }];
}
