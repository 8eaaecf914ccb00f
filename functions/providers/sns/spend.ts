import { hash } from "node:crypto";
import type { SnsCredentials } from "../../core/credentials/sns.ts";
import { partUsd, type SmsPrices } from "../../core/policy/sms-prices.ts";
import type { Take } from "../../core/policy/spend.ts";

const MICRO = 1_000_000;

export type CapReason = "sms_cap_number" | "sms_cap_prefix" | "sms_cap_usd";
/** A cap of the day, and why a message is left out that would exceed it. */
export type SmsTake = Take & { reason: CapReason };

/** Price of a part to a number, in millionths of a dollar. */
const partMicroUsd = (number: string, prices: SmsPrices | undefined): number =>
  Math.max(1, Math.round(partUsd(number, prices) * MICRO));

/**
 * What a message of so many parts takes from the caps of the day.
 * @param prefix the entry of `countries` that the number is under
 */
export function smsTakes(
  { caps, prices }: Pick<SnsCredentials, "caps" | "prices">,
  { app, number, prefix, parts }: { app: string; number: string; prefix: string; parts: number },
): SmsTake[] {
  // No number stands in a key; the app is hashed with it, so that two apps' keys cannot be compared.
  const person = hash("sha256", `${app}\u0000${number}`, "hex").slice(0, 32);
  const takes: SmsTake[] = [
    { key: `sms#${person}`, amount: 1, cap: caps.messagesPerNumber, reason: "sms_cap_number" },
  ];
  if (caps.messagesPerPrefix !== undefined)
    takes.push({ key: `sms#${prefix}`, amount: 1, cap: caps.messagesPerPrefix, reason: "sms_cap_prefix" });
  takes.push({
    key: "sms#usd",
    amount: partMicroUsd(number, prices) * parts,
    cap: Math.round(caps.usdPerDay * MICRO),
    reason: "sms_cap_usd",
  });
  return takes;
}
