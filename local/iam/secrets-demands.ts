import { type Demand, type Input, type Place, textOf } from "./demand.ts";

/** `arnOf` gives the full ARN, with its six random characters, of a secret that exists. */
export function secretsDemands(
  place: Place,
  arnOf: (secretId: string) => string | undefined,
  operation: string,
  input: Input,
): Demand[] {
  const action = `secretsmanager:${operation}`;
  if (operation === "ListSecrets") return [{ action, resource: "*" }];
  const id = textOf(input, operation === "CreateSecret" ? "Name" : "SecretId");
  const guess = id.startsWith("arn:")
    ? id
    : `arn:aws:secretsmanager:${place.region}:${place.account}:secret:${id}`;
  return [{ action, resource: arnOf(id) ?? guess }];
}
