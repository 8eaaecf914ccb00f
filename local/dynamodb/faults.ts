import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualClock } from "../clock/virtual-clock.ts";
import { AwsError } from "../door/aws-error.ts";
import type { Input } from "../iam/demand.ts";
import type { Table } from "../template/model.ts";
import {
  type BatchEntry,
  batchEntries,
  type PartitionUse,
  partitionsUsed,
  withoutEntries,
} from "./partitions.ts";

type Until = {
  /** Virtual time at which the fault ends; without it, until the returned function is called. */
  untilMs?: number;
};
export type Throttle = Until & {
  table: string;
  pkPrefix?: string;
  /** Share of the calls that are refused; 100 if absent. */
  percent?: number;
  /** Capacity is had for each of them apart; both if absent. */
  of?: "reads" | "writes";
  code?: "ProvisionedThroughputExceededException" | "ThrottlingException";
};
export type Stall = Until & { table: string; delayMs: number; percent?: number };
export type Unprocessed = Until & { table: string; percent: number };

export type DynamodbFaults = {
  throttle(fault: Throttle): () => void;
  stall(fault: Stall): () => void;
  /** Batch entries that come back as UnprocessedItems or UnprocessedKeys. */
  unprocessed(fault: Unprocessed): () => void;
  clear(): void;
  /** Delays or refuses the call; says what to send to the engine and what to add to its answer. */
  before(operation: string, input: Input): Promise<{ input: Input; finish(output: Input): Input }>;
};

export type FaultOptions = { tables: readonly Table[]; clock: VirtualClock; random?: () => number };

type Chance = { percent?: number; untilMs?: number };

function createFaultSet<T extends Chance>(clock: VirtualClock) {
  const faults = new Set<T>();
  return {
    add(fault: T) {
      faults.add(fault);
      return () => void faults.delete(fault);
    },
    live() {
      for (const fault of faults) if ((fault.untilMs ?? Infinity) <= clock.now()) faults.delete(fault);
      return [...faults];
    },
    clear: () => faults.clear(),
  };
}

const kindOf = (operation: string) =>
  /^(Get|Query|Scan|BatchGet|TransactGet)/.test(operation) ? "reads" : "writes";

const isOf = ({ of }: Throttle, operation: string) => of === undefined || of === kindOf(operation);

const hits = (fault: Throttle, use: PartitionUse) =>
  use.table === fault.table && (fault.pkPrefix === undefined || use.pk?.startsWith(fault.pkPrefix) === true);

function refuse(operation: string, fault: Throttle): never {
  const where = fault.pkPrefix === undefined ? fault.table : `${fault.table}, partition ${fault.pkPrefix}`;
  const message = `Throttled on demand (${where}).`;
  if (operation.startsWith("Transact")) {
    throw new AwsError("TransactionCanceledException", `Transaction cancelled: ${message}`, 400, {
      CancellationReasons: [{ Code: "ThrottlingError", Message: message }],
    });
  }
  throw new AwsError(fault.code ?? "ProvisionedThroughputExceededException", message);
}

export function createDynamodbFaults({ tables, clock, random = Math.random }: FaultOptions): DynamodbFaults {
  const throttles = createFaultSet<Throttle>(clock);
  const stalls = createFaultSet<Stall>(clock);
  const partials = createFaultSet<Unprocessed>(clock);
  const strikes = (fault: Chance) => random() * 100 < (fault.percent ?? 100);

  const stallFor = async (uses: PartitionUse[]) => {
    for (const fault of stalls.live()) {
      if (uses.some((use) => use.table === fault.table) && strikes(fault)) await sleep(fault.delayMs);
    }
  };
  const heldBack = (operation: string, entries: BatchEntry[]) =>
    entries.filter(
      (entry) =>
        throttles.live().some((fault) => isOf(fault, operation) && hits(fault, entry) && strikes(fault)) ||
        partials.live().some((fault) => fault.table === entry.table && strikes(fault)),
    );
  /** AWS refuses a batch only when none of its entries went through. */
  const passBatch = (operation: string, input: Input) => {
    const entries = batchEntries(tables, operation, input);
    const held = heldBack(operation, entries);
    if (held.length > 0 && held.length === entries.length) refuse(operation, { table: entries[0]!.table });
    return withoutEntries(operation, input, held);
  };

  return {
    throttle: throttles.add,
    stall: stalls.add,
    unprocessed: partials.add,
    clear() {
      throttles.clear();
      stalls.clear();
      partials.clear();
    },
    async before(operation, input) {
      const untouched = { input, finish: (output: Input) => output };
      if (throttles.live().length + stalls.live().length + partials.live().length === 0) return untouched;
      const uses = partitionsUsed(tables, operation, input);
      await stallFor(uses);
      if (operation.startsWith("Batch")) return passBatch(operation, input);
      for (const fault of throttles.live()) {
        if (isOf(fault, operation) && uses.some((use) => hits(fault, use)) && strikes(fault))
          refuse(operation, fault);
      }
      return untouched;
    },
  };
}
