import type { VendorEvent } from "../../core/credentials/vendor-settings.ts";
import { AppError } from "../../core/errors/app-error.ts";
import { jsonDepth } from "../../core/errors/parse.ts";
import type { VendorProof, VendorReport } from "../../core/receipt/vendor-report.ts";
import { isObject, type Json } from "./content.ts";

export type ReceiptHeaders = Readonly<Record<string, string>>;

/** What a vendor's post says. */
export type Receipts = {
  reports: VendorReport[];
  /** Parts that could not be read. */
  skipped: number;
  proof?: VendorProof;
};

/** Reads a post by the provider's rules, whatever its Content-Type says. @throws AppError invalid_request */
export type ReceiptParser = (body: string, headers: ReceiptHeaders) => Receipts;

/** Twenty times a vendor's largest post; of 780 KB of the shortest tokens ten posts would fill a function's memory. */
export const MOST_REPORTS = 20_000;
const MOST_DEPTH = 10;
/** As devices register them (core/recipient/device.ts). */
const TOKEN = /^[\w:%.+/=~@#!*-]{8,512}$/;
const NOTIFICATION = /^[\w.:~@+-]{1,128}$/;
const CODE = /^-?[\w.]{1,32}$/;
const SHORT = /^[\x21-\x7e]{1,256}$/;

/** @throws AppError invalid_request that says what was expected, and repeats nothing */
export function jsonOf(text: string, expected: string): unknown {
  if (jsonDepth(text, MOST_DEPTH) > MOST_DEPTH) throw unreadable(expected);
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(expected);
  }
}

export const unreadable = (expected: string): AppError =>
  new AppError("invalid_request", `the body is not readable: expected ${expected}`);

/** A short text, of a text or a number. */
export function shortText(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && SHORT.test(text) ? text : undefined;
}

export const codeOf = (value: unknown): string | undefined => {
  const text = shortText(value);
  return text !== undefined && CODE.test(text) ? text : undefined;
};

/** A time in milliseconds; vendors write it as a number or as a text. */
const timeOf = (value: unknown): number | undefined => {
  const atMs = Number(shortText(value));
  return Number.isSafeInteger(atMs) && atMs > 0 ? atMs : undefined;
};

const notificationOf = (value: unknown): string | undefined =>
  typeof value === "string" && NOTIFICATION.test(value) ? value : undefined;

/** Tokens in a list, or joined by commas. */
const tokensOf = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  return typeof value === "string" ? value.split(",") : [value];
};

export type Read = {
  /** One token, several joined by commas, or a list. */
  tokens: unknown;
  says: VendorEvent;
  code: string;
  notification?: unknown;
  at?: unknown;
  sign?: VendorReport["sign"] | undefined;
};

/** Gathers reports, and counts what is odd instead of failing for it. */
export function gathering(most: number = MOST_REPORTS) {
  const receipts: Receipts = { reports: [], skipped: 0 };
  const add = ({ tokens, says, code, notification, at, sign }: Read): void => {
    const [id, atMs] = [notificationOf(notification), timeOf(at)];
    for (const token of tokensOf(tokens)) {
      if (typeof token !== "string" || !TOKEN.test(token) || receipts.reports.length >= most)
        receipts.skipped++;
      else
        receipts.reports.push({
          token,
          says,
          code,
          ...(id !== undefined && { notification: id }),
          ...(atMs !== undefined && { atMs }),
          ...(sign !== undefined && { sign }),
        });
    }
  };
  return {
    /** Reads each entry that is an object; `undefined` of it is skipped. */
    each(entries: readonly unknown[], read: (entry: Json) => Read | undefined): Receipts {
      for (const entry of entries) {
        const found = isObject(entry) ? read(entry) : undefined;
        if (found === undefined) receipts.skipped++;
        else add(found);
      }
      return receipts;
    },
  };
}

export const formField = (body: string, name: string): string | undefined =>
  new URLSearchParams(body).get(name) ?? undefined;

/** An object's own entries' values. */
export const valuesOf = (value: unknown, expected: string): unknown[] => {
  if (!isObject(value)) throw unreadable(expected);
  return Object.values(value);
};

/** What a table says of a code; codes that are not in it have no consequence. */
export const eventOf = (table: ReadonlyMap<string, VendorEvent>, code: string): VendorEvent =>
  table.get(code) ?? "other";
