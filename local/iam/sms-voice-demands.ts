import { type Demand, type Input, type Place, textOf } from "./demand.ts";

/** Kinds of identities by the beginnings of their ids; what has none of them is a sender id. */
const KINDS = ["phone-", "pool-"] as const;

/** A text message needs the right to send from its identity and with its configuration set. */
export function smsVoiceDemands({ region, account }: Place, operation: string, input: Input): Demand[] {
  const action = `sms-voice:${operation}`;
  const prefix = `arn:aws:sms-voice:${region}:${account}:`;
  const identity = textOf(input, "OriginationIdentity");
  const set = textOf(input, "ConfigurationSetName");
  const from = identity.startsWith("arn:") ? identity : prefix + identityPath(identity);
  return [
    { action, resource: identity === "" ? "*" : from },
    ...(set ? [{ action, resource: `${prefix}configuration-set/${set}` }] : []),
  ];
}

function identityPath(identity: string): string {
  const kind = KINDS.find((beginning) => identity.startsWith(beginning));
  if (kind === "pool-") return `pool/${identity}`;
  return kind === "phone-" || identity.startsWith("+") ? `phone-number/${identity}` : `sender-id/${identity}`;
}
