import type { VendorClass } from "../../core/credentials/vendor-settings.ts";
import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";

/** What a vendor said of one target. */
export type Verdict = {
  /** `doubt`: an answer that says nothing; the message may have been taken. */
  class: VendorClass | "doubt";
  /** The vendor's own code, the key of its table of texts. */
  code: string;
  /** Where the vendor names a time. */
  retryAfterMs?: number;
  /** The vendor's id of the message, where receipts name it. */
  providerId?: string;
};

const MINUTE_MS = 60_000;
/** Waits where the vendor names none. */
const RETRY_MS = 5_000;
const THROTTLED_MS = 10_000;

/** The verdict as an outcome. `auth` comes here only when a fresh token was refused as well. */
export function outcomeOf({ class: kind, code, retryAfterMs, providerId }: Verdict, status: number): Outcome {
  const said = { status, reason: code };
  switch (kind) {
    case "ok":
      return accepted({ status, ...(providerId !== undefined && { providerId }) });
    case "invalid":
      // A wrong app id or region calls every token invalid: judged over a window before any of them goes.
      return { kind: "gone", tokenSuspect: true, ...said };
    case "retry":
      return { kind: "retry", retryAfterMs: retryAfterMs ?? RETRY_MS, ...said };
    case "throttled":
      return {
        kind: "throttled",
        retryAfterMs: Math.min(retryAfterMs ?? THROTTLED_MS, MINUTE_MS * 60),
        ...said,
      };
    case "auth":
    case "config":
      return { kind: "misconfigured", ...said };
    // A quota of the day is no better a minute later, and some vendors lower it for every further try.
    case "quota":
    case "payload":
    case "suppressed":
      return { kind: "rejected", ...said };
    case "doubt":
      return { kind: "unknown", ...said };
    default:
      return kind satisfies never;
  }
}

/** Codes with their classes, by class: the way the vendors' pages group them. */
export type CodeClasses = Partial<Record<VendorClass, readonly (string | number)[]>>;

/** Looks codes up; the operator's own classes win, so that a vendor's new rule needs no release of ours. */
export function classifier(
  classes: CodeClasses,
  own: Readonly<Record<string, VendorClass>> = {},
): (code: string) => VendorClass | undefined {
  const known = new Map<string, VendorClass>();
  for (const [kind, codes] of Object.entries(classes))
    for (const code of codes) known.set(String(code), kind as VendorClass);
  for (const [code, kind] of Object.entries(own)) known.set(code, kind);
  return (code) => known.get(code);
}

/** An answer without a code that is known: its HTTP status decides. */
export function byStatus(status: number): VendorClass | "doubt" {
  if (status === 429) return "throttled";
  if (status === 401 || status === 403) return "auth";
  if (status >= 500) return "retry";
  if (status === 404) return "config";
  return status >= 400 ? "payload" : "doubt";
}

/** Class of an answer; a code of success under an HTTP status of failure is not the vendor's word. */
export function classed(
  code: string | undefined,
  status: number,
  classOf: ReturnType<typeof classifier>,
): VendorClass | "doubt" {
  const kind = code === undefined ? undefined : classOf(code);
  return kind === undefined || (kind === "ok" && status >= 300) ? byStatus(status) : kind;
}

const CODE = /^-?[\w.]{1,12}$/;

/** A vendor's code as text; reasons are logged and kept, so that what is no short code is not repeated. */
export function codeText(code: unknown): string | undefined {
  const text = typeof code === "number" ? String(code) : code;
  return typeof text === "string" && CODE.test(text) ? text : undefined;
}
