import { type Demand, type Input, type Place, textOf } from "./demand.ts";

/**
 * Mail needs the right to send as its sender's identity and with its configuration set.
 * `senderOf` finds the From address of a raw mail; the identity is taken to be the address' domain.
 */
export function sesDemands(
  place: Place,
  senderOf: (input: Input) => string,
  operation: string,
  input: Input,
): Demand[] {
  const action = `ses:${operation}`;
  if (operation !== "SendRawEmail") return [{ action, resource: "*" }];
  const prefix = `arn:aws:ses:${place.region}:${place.account}`;
  const sender = senderOf(input);
  const context = { "ses:FromAddress": sender };
  const identity = `${prefix}:identity/${sender.slice(sender.lastIndexOf("@") + 1)}`;
  const set = textOf(input, "ConfigurationSetName");
  return [
    { action, resource: identity, context },
    ...(set ? [{ action, resource: `${prefix}:configuration-set/${set}`, context }] : []),
  ];
}
