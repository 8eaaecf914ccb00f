import type { Input } from "../iam/demand.ts";
import type { Meter } from "../meter/meter.ts";

const WRITES = new Set(["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"]);
const READS = new Set(["GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"]);

/** `INDEXES` is left as it is: it says what TOTAL says and more. */
export function wantsCapacity(input: Input): boolean {
  const asked = input["ReturnConsumedCapacity"];
  return asked === "TOTAL" || asked === "INDEXES";
}

export function withCapacity(operation: string, input: Input): Input {
  if (wantsCapacity(input) || !(WRITES.has(operation) || READS.has(operation))) return input;
  return { ...input, ReturnConsumedCapacity: "TOTAL" };
}

export function withoutCapacity(output: Input): Input {
  const { ConsumedCapacity: _counted, ...rest } = output;
  return rest;
}

type Consumed = { CapacityUnits?: number };

export function meterCapacity(meter: Meter, operation: string, output: Input, principal: string): void {
  const consumed = output["ConsumedCapacity"] as Consumed | Consumed[] | undefined;
  if (!consumed) return;
  const units = [consumed].flat().reduce((sum, part) => sum + (part.CapacityUnits ?? 0), 0);
  meter.add(WRITES.has(operation) ? "dynamodb.writeUnit" : "dynamodb.readUnit", units, { principal });
}
