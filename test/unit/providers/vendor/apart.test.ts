import assert from "node:assert/strict";
import { test } from "node:test";
import type { Outcome } from "../../../../functions/core/dispatch/outcome.ts";
import type { SendMany, Target } from "../../../../functions/core/dispatch/provider.ts";
import { apart } from "../../../../functions/providers/vendor/apart.ts";

const TAKEN: Outcome = { kind: "accepted" };
const REFUSED: Outcome = { kind: "rejected", reason: "1003" };
const call = { deadlineMs: Date.now() + 60_000 };
const targets = (count: number) => Array.from({ length: count }, (_, n) => ({ token: `t${n}` }) as Target);

/** A vendor that refuses every request with a bad token in it, and says no more. */
function vendor(bad: (token: string) => boolean, alone: Outcome = REFUSED) {
  const requests: number[] = [];
  const taken = new Map<string, number>();
  const sender: SendMany = {
    most: 1_000,
    async send(to) {
      requests.push(to.length);
      if (to.some(({ token }) => bad(token))) return to.map(() => (to.length === 1 ? alone : REFUSED));
      for (const { token } of to) taken.set(token, (taken.get(token) ?? 0) + 1);
      return to.map(() => TAKEN);
    },
  };
  return { send: apart(sender, ({ reason }) => reason === "1003"), requests, taken };
}

test("one bad token among a thousand is found; all others get the message, once", async () => {
  for (const place of [0, 1, 499, 500, 999]) {
    const { send, requests, taken } = vendor((token) => token === `t${place}`);
    const outcomes = await send.send(targets(1_000), call);
    assert.equal(outcomes.length, 1_000);
    assert.deepEqual(
      outcomes.flatMap((outcome, n) => (outcome === REFUSED ? [n] : [])),
      [place],
    );
    assert.equal(taken.size, 999);
    assert.ok([...taken.values()].every((count) => count === 1));
    assert.ok(requests.length <= 22, String(requests.length));
  }
});

test("two bad tokens side by side (one person's devices) are not taken for a bad message", async () => {
  for (const first of [0, 123, 499, 998]) {
    const bad = [`t${first}`, `t${first + 1}`];
    const { send, taken } = vendor((token) => bad.includes(token));
    const outcomes = await send.send(targets(1_000), call);
    assert.equal(taken.size, 998, String(first));
    assert.equal(outcomes.filter((outcome) => outcome === REFUSED).length, 2);
    await send.send(targets(1_000), call);
    assert.ok([...taken.values()].every((count) => count === 2));
  }
});

test("a token that is gone when it stands alone is found as well", async () => {
  const gone: Outcome = { kind: "gone", reason: "unknown_id" };
  const { send, taken } = vendor((token) => token === "t3" || token === "t4", gone);
  const outcomes = await send.send(targets(8), call);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ["accepted", "accepted", "accepted", "gone", "gone", "accepted", "accepted", "accepted"],
  );
  assert.equal(taken.size, 6);
});

test("a message that is refused itself is taken apart once, and not again for the job's other requests", async () => {
  const { send, requests } = vendor(() => true);
  const outcomes = await send.send(targets(1_000), call);
  assert.deepEqual(new Set(outcomes), new Set([REFUSED]));
  assert.equal(requests.length, 1 + 2 + 4 + 8);
  const before = requests.length;
  await send.send(targets(1_000), call);
  assert.equal(requests.length - before, 1);
});

test("too many bad tokens: whom no request is left for is sent to later, and nobody twice", async () => {
  const { send, requests, taken } = vendor((token) => /^t[0-4]?\d?5$/.test(token));
  const outcomes = await send.send(targets(1_000), call);
  assert.equal(requests.length, 41);
  const later = outcomes.filter(({ reason }) => reason === "sent_apart");
  assert.ok(later.length > 0 && later.every(({ kind }) => kind === "retry"));
  assert.equal(outcomes.filter((outcome) => outcome === TAKEN).length, taken.size);
  assert.ok([...taken.values()].every((count) => count === 1));
});

test("when the time is over, no further request is begun: the others come later", async () => {
  const { send, requests } = vendor((token) => token === "t3");
  const outcomes = await send.send(targets(8), { deadlineMs: Date.now() + 400 });
  assert.deepEqual([...new Set(outcomes.map(({ reason }) => reason))], ["sent_apart"]);
  assert.equal(requests.length, 1);
});

test("a vendor that asks for less speed is not asked on", async () => {
  let asked = 0;
  const limited: SendMany = {
    most: 7,
    async send(to) {
      asked++;
      const outcome: Outcome = asked < 3 ? REFUSED : { kind: "throttled", reason: "2002" };
      return to.map(() => outcome);
    },
  };
  const outcomes = await apart(limited, ({ reason }) => reason === "1003").send(targets(8), call);
  assert.equal(asked, 3);
  assert.deepEqual(new Set(outcomes.map(({ reason }) => reason)), new Set(["sent_apart", "2002"]));
});

test("other answers, and answers for one, are left as they are", async () => {
  const { send, requests } = vendor(() => true);
  assert.deepEqual(await send.send(targets(1), call), [REFUSED]);
  assert.equal(requests.length, 1);
  const over: Outcome = { kind: "throttled", reason: "2002" };
  let asked = 0;
  const limited: SendMany = {
    most: 7,
    send: async (to) => {
      asked++;
      return to.map(() => over);
    },
  };
  const wrapped = apart(limited, ({ reason }) => reason === "1003");
  assert.equal(wrapped.most, 7);
  assert.deepEqual(await wrapped.send(targets(2), call), [over, over]);
  assert.equal(asked, 1);
});
