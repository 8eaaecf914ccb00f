import { type Reason, reasonCode, reasonOf } from "../explain/reasons.ts";
import { deviceHash, userHash } from "../hash.ts";
import { PROVIDERS, type ProviderName } from "../words.ts";
import type { Decision } from "./decide.ts";

/** A job that a page began; which targets it holds follows from the order of the records. */
export type PlannedJob = { id: string; provider: ProviderName; count: number };

/**
 * The decisions for one page of candidate recipients. Once written it is never computed again:
 * a replay makes the same jobs with the same targets in the same positions.
 */
export type PlanRow = {
  version: 1;
  bucket: number;
  startKey: string;
  /** Where the next page starts; null = this was the last. */
  nextKey: string | null;
  /** Recipients looked at. */
  walked: number;
  /** Records, see encodeRecords. */
  records: Uint8Array;
  jobs: PlannedJob[];
  /** Somebody of the page may climb (core/ladder): what becomes of its jobs is looked at. */
  ladder?: true;
  createdAtMs: number;
};

export type RecordedTarget = {
  provider: ProviderName;
  deviceHash: number;
  /** The device had a token of another provider too when it was decided: a refusal may be followed by that one. */
  otherRoad?: true;
};
export type PlanRecord = { userHash: Buffer; reason: Reason; targets: RecordedTarget[] };

const USER_BYTES = 6;
const TARGET_BYTES = 3;
/** From here on the byte after the user says how many targets there are; below, which provider the only one has. */
const SEVERAL = 128;
/** Beside a provider: another road leads to the device. Providers stay below it. */
const OTHER_ROAD = 64;
const SENT = "sent" satisfies Reason;

/** Almost everybody in a broadcast has one target and is sent to. */
const isPlain = ({ reason, targets }: Decision): boolean => targets.length === 1 && reason === SENT;

/** A decision about a person, or that nothing is sent to somebody of whom the hash alone is known. */
export type Recorded =
  | { user: string; decision: Decision }
  | { hash: Buffer; decision: Decision & { targets: [] } };

const bytesOf = (decision: Decision): number =>
  isPlain(decision) ? USER_BYTES + TARGET_BYTES : USER_BYTES + 2 + decision.targets.length * TARGET_BYTES;

/**
 * Per recipient 6 bytes of user hash, then either
 *   provider, 2 bytes of device hash                               one target, sent: 9 bytes
 *   128 + number of targets, reason, {provider, 2 bytes} each      anything else: 8 bytes and more
 * where 64 is added to a provider beside which another road leads to the device; so that three thousand decisions cost 27 write units.
 */
export function encodeRecords(decided: readonly Recorded[]): Uint8Array {
  const buffer = Buffer.alloc(decided.reduce((sum, { decision }) => sum + bytesOf(decision), 0));
  let at = 0;
  for (const { decision, ...who } of decided) {
    at += ("hash" in who ? who.hash : userHash(who.user)).copy(buffer, at);
    if (!isPlain(decision)) {
      at = buffer.writeUInt8(SEVERAL + decision.targets.length, at);
      at = buffer.writeUInt8(reasonCode(decision.reason), at);
    }
    if ("hash" in who) continue;
    for (const { provider, device, otherRoad } of decision.targets) {
      at = buffer.writeUInt8(PROVIDERS.indexOf(provider) + (otherRoad ? OTHER_ROAD : 0), at);
      at = buffer.writeUInt16BE(deviceHash(who.user, device), at);
    }
  }
  return buffer;
}

/** @throws Error when the bytes are cut off or name a provider or reason of a newer version */
export function* decodeRecords(records: Uint8Array): Generator<PlanRecord> {
  const buffer = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
  let at = 0;
  while (at < buffer.length) {
    const record: PlanRecord = { userHash: buffer.subarray(at, at + USER_BYTES), reason: SENT, targets: [] };
    at += USER_BYTES;
    let count = 1;
    if (buffer.readUInt8(at) >= SEVERAL) {
      count = buffer.readUInt8(at) - SEVERAL;
      record.reason = reasonOf(buffer.readUInt8(at + 1));
      at += 2;
    }
    for (let index = 0; index < count; index++, at += TARGET_BYTES) record.targets.push(targetAt(buffer, at));
    yield record;
  }
}

function targetAt(buffer: Buffer, at: number): RecordedTarget {
  const byte = buffer.readUInt8(at);
  const provider = PROVIDERS[byte % OTHER_ROAD];
  if (provider === undefined) throw new Error("plan row names a provider of a newer version");
  const deviceHash = buffer.readUInt16BE(at + 1);
  return { provider, deviceHash, ...(byte >= OTHER_ROAD && { otherRoad: true as const }) };
}

/** Where each target of a row lies: job and position, by the rule that targets fill their provider's jobs in order. */
export function* locate(
  row: PlanRow,
): Generator<{ record: PlanRecord; places: { job: PlannedJob; position: number }[] }> {
  const queues = new Map<ProviderName, PlannedJob[]>();
  for (const job of row.jobs) queues.set(job.provider, [...(queues.get(job.provider) ?? []), job]);
  const used = new Map<ProviderName, number>();
  for (const record of decodeRecords(row.records)) {
    const places = record.targets.map(({ provider }) => {
      let position = used.get(provider) ?? 0;
      const jobs = queues.get(provider) ?? [];
      if (jobs[0] !== undefined && position >= jobs[0].count) {
        jobs.shift();
        position = 0;
      }
      const job = jobs[0];
      if (job === undefined)
        throw new Error(`plan row ${row.startKey} holds more ${provider} targets than its jobs`);
      used.set(provider, position + 1);
      return { job, position };
    });
    yield { record, places };
  }
}
