import { AwsError } from "../door/aws-error.ts";
import type { Context } from "./conditions.ts";
import type { Demand, Input } from "./demand.ts";

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

/** `arnFor` gives the key that a call names, or that its ciphertext names. */
export function kmsDemands(arnFor: (input: Input) => string, operation: string, input: Input): Demand[] {
  return [{ action: `kms:${operation}`, resource: arnFor(input), context: contextOf(input) }];
}
