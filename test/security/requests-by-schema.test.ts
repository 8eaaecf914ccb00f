import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startHttpWorld } from "../unit/platform/http-world.ts";
import { type HttpWorld, makeHttpApp } from "./http-app.ts";
import { FUZZED, type FuzzWorld, fuzzOperation } from "./request-fuzzer.ts";

/** The short form of `npm run fuzz`: the same requests in every run. */
const RUN = { requests: 60, seed: 20_261_121 };
/**
 * Credentials hold key pairs, links are signed, receipts name what was sent: no schema can ask for these.
 * Channels are asked of Apple, who is not here.
 */
const NEVER_BY_CHANCE = [
  ...["setProvider", "unsubscribe", "tellReceipt"],
  ...["createApnsChannel", "listApnsChannels", "removeApnsChannel"],
];
let world: HttpWorld;
before(async () => {
  world = await startHttpWorld();
});
after(() => world.close());

for (const [n, operation] of FUZZED.entries()) {
  test(`${operation.id}: ${RUN.requests} requests, none answered but by the document`, async () => {
    // Apps of its own: what one operation cancels or removes, the next could not be tried on.
    const [app, victim] = [await makeHttpApp(world, `fuzz-${n}`), await makeHttpApp(world, `victim-${n}`)];
    const on: FuzzWorld = { world, app, victim };
    const { findings, statuses } = await fuzzOperation(on, operation, RUN);
    assert.deepEqual(findings.slice(0, 3), []);
    if (NEVER_BY_CHANCE.includes(operation.id)) return;
    const good = Object.keys(statuses).filter((status) => status < "300");
    assert.ok(good.length > 0, `only refusals: ${JSON.stringify(statuses)}`);
  });
}
