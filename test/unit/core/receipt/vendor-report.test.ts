import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../../../functions/core/errors/app-error.ts";
import { sha256Hex } from "../../../../functions/core/hash.ts";
import { isOwnReceiptKey, receiptPath } from "../../../../functions/core/receipt/receipt-path.ts";
import {
  type DeadToken,
  type ReportPorts,
  type ReportsMessage,
  takeReports,
  type VendorReport,
} from "../../../../functions/core/receipt/vendor-report.ts";
import type { Recipient, Token } from "../../../../functions/core/recipient/device.ts";
import type { DeviceTokenKind } from "../../../../functions/core/token-kinds.ts";

const NOW = 1_700_000_000_000;

/** People with one handset each, in memory: user -> [kind, token]. */
function world(people: Record<string, [DeviceTokenKind, string]>) {
  const done = {
    removed: [] as DeadToken[],
    results: 0,
    receipts: [] as string[],
    counts: [] as string[],
    asked: 0,
  };
  const told = new Set<string>();
  const ports: ReportPorts = {
    async owners(_app, hashes) {
      done.asked += hashes.length;
      const found = Object.entries(people).filter(([, [, token]]) => hashes.includes(sha256Hex(token)));
      return new Map(found.map(([user, [, token]]) => [sha256Hex(token), { user, device: "phone" }]));
    },
    async recipient(_app, user) {
      const [kind, token] = people[user]!;
      const held = { kind, token, hash: sha256Hex(token), registeredAtMs: 1 } satisfies Token;
      return { devices: [{ id: "phone", tokens: [held] }] } as unknown as Recipient; // what is read of one
    },
    async judge(_of, dead, results) {
      done.removed.push(...dead);
      done.results += results;
    },
    count: async ({ id, bucket }, event, people) =>
      void done.counts.push(`${id}/${bucket} ${event} ${people}`),
    async receipt(_app, { user }, { notification, event }) {
      if (notification === "unknown") throw new AppError("not_found", "there is none");
      if (notification === "throttled") throw new Error("the table is throttled");
      const own = `${user} ${notification} ${event}`;
      if (told.has(own)) return undefined;
      told.add(own);
      done.receipts.push(own);
      return { app: "shop", id: notification, bucket: 0, part: 0, expiresAtMs: NOW };
    },
  };
  const take = (reports: VendorReport[], over: Partial<ReportsMessage> = {}) =>
    takeReports(ports, {
      v: 2,
      kind: "receipts",
      app: "shop",
      provider: "mi",
      receivedAtMs: NOW,
      post: "",
      reports,
      ...over,
    });
  return { done, take };
}
const report = (
  token: string,
  says: VendorReport["says"],
  over: Partial<VendorReport> = {},
): VendorReport => ({
  token,
  says,
  code: "7",
  ...over,
});

test("what arrived, was shown or clicked is kept with the token's owner; all else has no consequence", async () => {
  const { done, take } = world({ ann: ["mi", "t-ann"], bob: ["mi", "t-bob"] });
  await take([
    report("t-ann", "delivered", { notification: "n1" }),
    report("t-ann", "clicked", { notification: "n1" }),
    report("t-bob", "displayed", { notification: "n2" }),
    report("t-bob", "delivered"),
    report("t-bob", "suppressed", { notification: "n1" }),
    report("t-bob", "quota", { notification: "n1" }),
    report("t-bob", "other", { notification: "n1" }),
    report("t-nobody", "delivered", { notification: "n1" }),
    report("t-ann", "delivered", { notification: "unknown" }),
  ]);
  assert.deepEqual(done.receipts, ["ann n1 delivered", "ann n1 clicked", "bob n2 displayed"]);
  assert.deepEqual(done.removed, []);
  assert.deepEqual(done.counts.sort(), ["n1/0 clicked 1", "n1/0 delivered 1", "n2/0 displayed 1"]);
});

test("people of a notification are counted by one write, each once; dead tokens beside the good ones", async () => {
  const people = Array.from({ length: 40 }, (_, n): [string, [DeviceTokenKind, string]] => [
    `u${n}`,
    ["mi", `t-${n}`],
  ]);
  const { done, take } = world(Object.fromEntries(people));
  const told = people.slice(0, 30).map(([, [, token]]) => report(token, "delivered", { notification: "n1" }));
  const dead = people.slice(30).map(([, [, token]]) => report(token, "dead"));
  await take([...told, ...dead, report("t-nobody", "delivered", { notification: "n1" })]);
  assert.deepEqual(done.counts, ["n1/0 delivered 25", "n1/0 delivered 5"]);
  assert.deepEqual([done.removed.length, done.results], [10, 40]);
  await take([...told, ...told]);
  assert.equal(done.counts.length, 2, "telling it again counts nobody");
});

test("a dead token goes as of the time that the vendor names, never of one that is still to come", async () => {
  const { done, take } = world({ ann: ["mi", "t-ann"], bob: ["mi", "t-bob"], cid: ["mi", "t-cid"] });
  await take([
    report("t-ann", "dead", { atMs: NOW - 5_000, code: "16" }),
    report("t-bob", "dead", { atMs: NOW + 86_400_000 }),
    report("t-cid", "dead"),
    report("t-nobody", "dead"),
  ]);
  assert.deepEqual(
    done.removed.map(({ user, sinceMs, reason }) => [user, sinceMs, reason]),
    [
      ["ann", NOW - 5_000, "receipt_16"],
      ["bob", NOW, "receipt_7"],
      ["cid", NOW, "receipt_7"],
    ],
  );
});

test("a vendor removes its own tokens alone", async () => {
  const { done, take } = world({ ann: ["fcmToken", "t-ann"], bob: ["hmsNext", "t-bob"] });
  await take([report("t-ann", "dead"), report("t-bob", "dead")], { provider: "hms" });
  assert.deepEqual(
    done.removed.map(({ user }) => user),
    ["bob"],
  );
});

test("what is said many times is done once; prototypes' names are tokens like others", async () => {
  const { done, take } = world({ ann: ["mi", "__proto__"], bob: ["mi", "constructor"] });
  const dead = [3, 1, 2].map((n) => report("__proto__", "dead", { atMs: NOW - 1_000 + n }));
  const told = Array.from({ length: 500 }, () => report("constructor", "delivered", { notification: "n1" }));
  await take([...dead, ...told]);
  assert.deepEqual(
    done.removed.map(({ user, sinceMs }) => [user, sinceMs]),
    [["ann", NOW - 999]],
  );
  assert.deepEqual(done.receipts, ["bob n1 delivered"]);
  assert.equal(done.asked, 2, "each owner is asked for once");
});

test("a failure of ours is no fact about a receipt: the message comes back", async () => {
  const { take } = world({ ann: ["mi", "t-ann"] });
  await assert.rejects(take([report("t-ann", "delivered", { notification: "throttled" })]), /throttled/);
});

test("a path's key is of one app, one vendor and one secret", () => {
  const of = { app: "shop", provider: "mi" } as const;
  const path = receiptPath(of, "secret");
  const key = path.split("/").at(-1)!;
  assert.match(path, /^\/v1\/public\/apps\/shop\/receipts\/mi\/[\w-]{22}$/);
  assert.ok(isOwnReceiptKey(of, key, "secret"));
  assert.ok(!isOwnReceiptKey(of, key, "another"));
  assert.ok(!isOwnReceiptKey({ ...of, app: "shop2" }, key, "secret"));
  assert.ok(!isOwnReceiptKey({ ...of, provider: "oppo" }, key, "secret"));
  for (const wrong of ["", key.slice(1), `${key}A`, key.toUpperCase()])
    assert.ok(!isOwnReceiptKey(of, wrong, "secret"), wrong);
});
