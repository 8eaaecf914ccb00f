import type { App } from "../app/app.ts";
import type { Content } from "./content.ts";
import { smsSegments } from "./sms-segments.ts";
import { smsText } from "./sms-text.ts";

/** What a text message of a notification is to one person: as the operator's prices have it, without tax. */
export type SmsEstimate = {
  encoding: "gsm7" | "ucs2";
  /** Messages that are paid for. */
  parts: number;
  /** Least and most, by the number's country; absent for credentials that were entered before they were reckoned. */
  usd?: { least: number; most: number };
};

/** Undefined where nothing goes out as a text message. */
export function smsEstimate(app: App, content: Content): SmsEstimate | undefined {
  const setup = app.providers.sns;
  const text = smsText(content);
  if (setup === undefined || text === undefined || text.trim() === "") return undefined;
  const { encoding, parts } = smsSegments(text);
  const { partUsdLeast, partUsdMost } = setup.summary;
  if (partUsdLeast === undefined || partUsdMost === undefined) return { encoding, parts };
  const usdOf = (part: string): number => withoutTail(Number(part) * parts);
  return { encoding, parts, usd: { least: usdOf(partUsdLeast), most: usdOf(partUsdMost) } };
}

/** Without the digits that multiplying leaves behind. */
const withoutTail = (usd: number): number => Number(usd.toFixed(6));
