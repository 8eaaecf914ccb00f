import type { VendorName } from "../credentials/vendors.ts";
import { AppError } from "../errors/app-error.ts";
import { sha256Hex } from "../hash.ts";
import type { Recipient } from "../recipient/device.ts";
import type { TokenOwner } from "../recipient/register-device.ts";
import { providerOf } from "../token-kinds.ts";
import type { ReceiptInput } from "./receipt.ts";

/** What a vendor may say of a token; dimension of a metric. `other` has no consequence. */
export type VendorEvent = "delivered" | "displayed" | "clicked" | "dead" | "suppressed" | "quota" | "other";

/** One sentence of a vendor's receipt about one token. */
export type VendorReport = {
  token: string;
  /** Id of ours, where the vendor hands it back. */
  notification?: string;
  says: VendorEvent;
  /** The vendor's own word for it. */
  code: string;
  atMs?: number;
  /** Getui signs each line by itself. */
  sign?: { value: string; taskId: string; msgId: string };
};

/** What shows that a post came from the vendor. Secrets are hashes (SHA-256 hex): queues are read by people. */
export type VendorProof =
  | { kind: "hms"; timestamp: string; nonce: string; value: string }
  | { kind: "basic" | "token"; sha256: string };

/** On dispatch-mobilePush-normal: whose dispatcher may read the credentials that proofs are judged by. */
export type ReportsMessage = {
  v: 2;
  kind: "receipts";
  app: string;
  provider: VendorName;
  receivedAtMs: number;
  /** SHA-256 of the post: of a nonce that comes again, the same post may be taken again. */
  post: string;
  proof?: VendorProof;
  reports: VendorReport[];
};

/** A token that its vendor found dead at a time. */
export type DeadToken = TokenOwner & { token: string; sinceMs: number; reason: string };

export type ReportPorts = {
  /** Owners of tokens, by the tokens' hashes. */
  owners(app: string, hashes: readonly string[]): Promise<Map<string, TokenOwner>>;
  recipient(app: string, user: string): Promise<Recipient | undefined>;
  /** Takes a token off its device, unless it was registered since. */
  remove(app: string, dead: DeadToken): Promise<void>;
  /** @throws AppError not_found */
  receipt(app: string, user: string, receipt: ReceiptInput): Promise<void>;
};

/** Rows that are written side by side. */
const AT_ONCE = 25;

/**
 * What follows from a vendor's reports: dead tokens go, receipts are kept. Tokens and notifications that nobody knows are
 * passed over; taking the same message again changes nothing.
 */
export async function takeReports(ports: ReportPorts, message: ReportsMessage): Promise<void> {
  const { app } = message;
  const telling = distinct(message.reports.filter(hasConsequence));
  const hashes = new Map(telling.map(({ token }) => [token, sha256Hex(token)]));
  const owners = await ports.owners(app, [...hashes.values()]);
  for (let next = 0; next < telling.length; next += AT_ONCE)
    await Promise.all(
      telling.slice(next, next + AT_ONCE).map(async (report) => {
        const owner = owners.get(hashes.get(report.token)!);
        if (owner !== undefined) await takeReport(ports, message, report, owner);
      }),
    );
}

const hasConsequence = ({ says, notification }: VendorReport): boolean =>
  says === "dead" || (receiptEvent(says) !== undefined && notification !== undefined);

const receiptEvent = (says: VendorEvent): ReceiptInput["event"] | undefined =>
  says === "delivered" || says === "displayed" || says === "clicked" ? says : undefined;

/** Vendors repeat themselves; of a token that died twice the earlier time is the safer. */
function distinct(reports: readonly VendorReport[]): VendorReport[] {
  const found = new Map<string, VendorReport>();
  for (const report of reports) {
    const key = `${report.says}\0${report.token}\0${report.says === "dead" ? "" : report.notification}`;
    const known = found.get(key);
    if (known === undefined || (report.atMs ?? Infinity) < (known.atMs ?? Infinity)) found.set(key, report);
  }
  return [...found.values()];
}

async function takeReport(
  ports: ReportPorts,
  { app, provider, receivedAtMs }: ReportsMessage,
  { token, says, notification, code, atMs = receivedAtMs }: VendorReport,
  owner: TokenOwner,
): Promise<void> {
  const event = receiptEvent(says);
  if (event !== undefined) return keepReceipt(ports, app, owner.user, { notification: notification!, event });
  // A vendor speaks for its own tokens alone.
  if (!isOf(provider, await ports.recipient(app, owner.user), owner.device, token)) return;
  // A vendor's clock that is ahead must not reach a registration that is still to come.
  const sinceMs = Math.min(atMs, receivedAtMs);
  await ports.remove(app, { ...owner, token, sinceMs, reason: `receipt_${code}` });
}

const isOf = (
  provider: VendorName,
  recipient: Recipient | undefined,
  id: string,
  token: string,
): boolean | undefined =>
  recipient?.devices
    .find((device) => device.id === id)
    ?.tokens.some((held) => held.token === token && providerOf(held.kind) === provider);

async function keepReceipt(ports: ReportPorts, app: string, user: string, receipt: ReceiptInput) {
  try {
    await ports.receipt(app, user, receipt);
  } catch (error) {
    // Notifications are forgotten after thirty days, and ids may be those of another sender of the same app.
    if (!(error instanceof AppError && error.code === "not_found")) throw error;
  }
}
