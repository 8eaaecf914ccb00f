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
  createdAtMs: number;
};

export type RecordedTarget = { provider: ProviderName; deviceHash: number };
export type PlanRecord = { userHash: Buffer; reason: Reason; targets: RecordedTarget[] };

const HEAD_BYTES = 10;
const TARGET_BYTES = 5;

/**
 * Per recipient: 8 bytes user hash, 1 reason, 1 number of targets; per target: 1 provider, 4 device hash.
 * 15 bytes for a user with one device, so that a thousand decisions cost 15 write units.
 */
export function encodeRecords(decided: readonly { user: string; decision: Decision }[]): Uint8Array {
  const bytes = decided.reduce(
    (sum, { decision }) => sum + HEAD_BYTES + decision.targets.length * TARGET_BYTES,
    0,
  );
  const buffer = Buffer.alloc(bytes);
  let at = 0;
  for (const { user, decision } of decided) {
    userHash(user).copy(buffer, at);
    buffer.writeUInt8(reasonCode(decision.reason), at + 8);
    buffer.writeUInt8(decision.targets.length, at + 9);
    at += HEAD_BYTES;
    for (const { provider, device } of decision.targets) {
      buffer.writeUInt8(PROVIDERS.indexOf(provider), at);
      buffer.writeUInt32BE(deviceHash(user, device), at + 1);
      at += TARGET_BYTES;
    }
  }
  return buffer;
}

/** @throws Error when the bytes are cut off or name a provider or reason of a newer version */
export function* decodeRecords(records: Uint8Array): Generator<PlanRecord> {
  const buffer = Buffer.from(records.buffer, records.byteOffset, records.byteLength);
  let at = 0;
  while (at < buffer.length) {
    const count = buffer.readUInt8(at + 9);
    const record: PlanRecord = {
      userHash: buffer.subarray(at, at + 8),
      reason: reasonOf(buffer.readUInt8(at + 8)),
      targets: [],
    };
    at += HEAD_BYTES;
    for (let index = 0; index < count; index++, at += TARGET_BYTES) {
      const provider = PROVIDERS[buffer.readUInt8(at)];
      if (provider === undefined) throw new Error("plan row names a provider of a newer version");
      record.targets.push({ provider, deviceHash: buffer.readUInt32BE(at + 1) });
    }
    yield record;
  }
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
