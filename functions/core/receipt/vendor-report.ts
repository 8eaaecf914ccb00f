import type { VendorEvent } from "../credentials/vendor-settings.ts";
import type { VendorName } from "../credentials/vendors.ts";
import { AppError } from "../errors/app-error.ts";
import { sha256Hex } from "../hash.ts";
import type { Recipient } from "../recipient/device.ts";
import type { TokenOwner } from "../recipient/register-device.ts";
import { providerOf } from "../token-kinds.ts";
import type { ReceiptInput, ReceiptPlace } from "./receipt.ts";

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
  /** Dead tokens, to be judged together: a burst of them is a wrong configuration. `results`: with the good ones. */
  judge(of: Pick<ReportsMessage, "app" | "provider">, dead: DeadToken[], results: number): Promise<void>;
  /** Where it was told for the first time. @throws AppError not_found */
  receipt(app: string, owner: TokenOwner, receipt: ReceiptInput): Promise<ReceiptPlace | undefined>;
  /** So many people more told it. */
  count(place: ReceiptPlace, event: ReceiptInput["event"], people: number): Promise<void>;
};

/** Rows that are written side by side. */
const AT_ONCE = 25;

/**
 * What follows from a vendor's reports: dead tokens are judged, receipts are kept. Tokens and notifications that nobody
 * knows are passed over; taking the same message again changes nothing.
 */
export async function takeReports(ports: ReportPorts, message: ReportsMessage): Promise<void> {
  const { app, provider } = message;
  const telling = distinct(message.reports.filter(hasConsequence));
  const hashes = new Map(telling.map(({ token }) => [token, sha256Hex(token)]));
  const owners = await ports.owners(app, [...hashes.values()]);
  const dead: DeadToken[] = [];
  for (let next = 0; next < telling.length; next += AT_ONCE) {
    const kept = await Promise.all(
      telling.slice(next, next + AT_ONCE).map(async (report) => {
        const owner = owners.get(hashes.get(report.token)!);
        if (owner === undefined) return undefined;
        if (report.says !== "dead") return keep(ports, app, owner, report);
        const found = await deadToken(ports, message, report, owner);
        if (found) dead.push(found);
        return undefined;
      }),
    );
    await countPeople(ports, kept);
  }
  const good = telling.filter(({ says, token }) => says !== "dead" && owners.has(hashes.get(token)!));
  await ports.judge({ app, provider }, dead, dead.length + good.length);
}

type Kept = { place: ReceiptPlace; event: ReceiptInput["event"] };

/** One write for each notification, bucket and event, not for each person: it is one row. */
async function countPeople(ports: ReportPorts, kept: readonly (Kept | undefined)[]): Promise<void> {
  const told = kept.filter((one) => one !== undefined);
  const groups = Map.groupBy(told, ({ place: { id, bucket }, event }) => `${id}#${bucket}#${event}`); // any part will do
  for (const [first, ...others] of groups.values())
    await ports.count(first!.place, first!.event, 1 + others.length);
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

async function deadToken(
  ports: ReportPorts,
  { app, provider, receivedAtMs }: ReportsMessage,
  { token, code, atMs = receivedAtMs }: VendorReport,
  owner: TokenOwner,
): Promise<DeadToken | undefined> {
  // A vendor speaks for its own tokens alone.
  if (!isOf(provider, await ports.recipient(app, owner.user), owner.device, token)) return undefined;
  // A vendor's clock that is ahead must not reach a registration that is still to come.
  return { ...owner, token, sinceMs: Math.min(atMs, receivedAtMs), reason: `receipt_${code}` };
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

async function keep(
  ports: ReportPorts,
  app: string,
  owner: TokenOwner,
  { says, notification }: VendorReport,
): Promise<Kept | undefined> {
  const event = receiptEvent(says)!;
  try {
    const place = await ports.receipt(app, owner, { notification: notification!, event });
    return place && { place, event };
  } catch (error) {
    // Notifications are forgotten after thirty days, and ids may be those of another sender of the same app.
    if (!(error instanceof AppError && error.code === "not_found")) throw error;
    return undefined;
  }
}
