import { hash } from "node:crypto";
import type { SnsCredentials } from "../../core/credentials/sns.ts";
import type { Take } from "../../core/policy/spend.ts";

/** What a part is taken to cost where the operator names no price: more than most countries ask. */
export const DEFAULT_PRICE_USD = 0.05;
const MICRO = 1_000_000;

export type CapReason = "sms_cap_number" | "sms_cap_prefix" | "sms_cap_usd";
/** A cap of the day, and why a message is left out that would exceed it. */
export type SmsTake = Take & { reason: CapReason };

/** The longest of the beginnings that a number has. */
export const longestPrefix = (number: string, prefixes: readonly string[]): string | undefined =>
  prefixes
    .filter((prefix) => number.startsWith(prefix))
    .reduce<string | undefined>(
      (longest, prefix) => (prefix.length > (longest?.length ?? 0) ? prefix : longest),
      undefined,
    );

/** Price of a part to a number, in millionths of a dollar. */
function partMicroUsd(number: string, prices: Readonly<Record<string, number>> = {}): number {
  const key = longestPrefix(number, Object.keys(prices)) ?? "*";
  const usd = Object.hasOwn(prices, key) ? prices[key]! : DEFAULT_PRICE_USD;
  return Math.max(1, Math.round(usd * MICRO));
}

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
