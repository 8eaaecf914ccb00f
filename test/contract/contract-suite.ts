import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { POINTS } from "./contract-points.ts";
import {
  type Bench,
  type ContractSubject,
  leftOut,
  type PointData,
  type PointName,
} from "./contract-subject.ts";

/**
 * What every provider must do, against its other end, over a real socket. Points that are not for a provider are left
 * out with a reason that its subject holds (test/architecture/providers.test.ts reads them).
 */
export function contractSuite(subject: ContractSubject): { bench(): Bench } {
  const { name, title = name, points } = subject;
  let bench: Bench | undefined;
  const opened = () => {
    assert.ok(bench, "the suite has begun");
    return bench;
  };

  before(async () => {
    bench = await subject.open();
  });
  after(() => bench?.close());
  afterEach(() => bench?.calm());

  function register<P extends PointName>(point: P): void {
    if (leftOut(subject, point) !== undefined) return;
    const data = points[point] as PointData[P];
    const { says, run } = POINTS[point];
    test(`${title}: ${says}`, () => run({ bench: opened(), data, subject }));
  }
  for (const point of Object.keys(POINTS) as PointName[]) register(point);
  return { bench: opened };
}
