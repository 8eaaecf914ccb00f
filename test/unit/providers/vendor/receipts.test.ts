import assert from "node:assert/strict";
import { test } from "node:test";
import type { VendorName } from "../../../../functions/core/credentials/vendors.ts";
import { AppError } from "../../../../functions/core/errors/app-error.ts";
import { RECEIPT_PARSERS } from "../../../../functions/platform/receipt-parsers.ts";
import { cpuMsOf } from "../../cpu.ts";

const AT = 1_700_000_000_000;
const [ONE, TWO] = ["token-one-0123456789", "token-two-0123456789"];
const form = (fields: Record<string, unknown>) =>
  new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ).toString();
const parse = (name: VendorName, body: unknown, headers: Record<string, string> = {}) =>
  RECEIPT_PARSERS[name](typeof body === "string" ? body : JSON.stringify(body), headers);
/** [token, says, notification] of each report. */
const said = (name: VendorName, body: unknown) =>
  parse(name, body).reports.map(({ token, says, notification }) => [token, says, notification]);

test("Huawei: both forms, and each code by what it means for the token", () => {
  const v1 = { biTag: "n-1", appid: "1", token: ONE, status: 0, timestamp: AT, requestId: "157" };
  const v2 = {
    token: TWO,
    pushType: 0,
    appPackageName: "com.example.app",
    biTag: "n-2",
    requestId: "158",
    deliveryStatus: { result: 2, timestamp: String(AT) },
  };
  assert.deepEqual(parse("hms", { statuses: [v1, v2] }), {
    reports: [
      { token: ONE, says: "delivered", code: "0", notification: "n-1", atMs: AT },
      { token: TWO, says: "dead", code: "2", notification: "n-2", atMs: AT },
    ],
    skipped: 0,
  });
  const bySays = (codes: number[]) =>
    said("hms", { statuses: codes.map((status) => ({ token: ONE, status })) }).map(([, says]) => says);
  assert.deepEqual(bySays([2, 5, 201]), ["dead", "dead", "dead"]);
  assert.deepEqual(bySays([6, 27, 51, 102, 256]), [
    "suppressed",
    "suppressed",
    "suppressed",
    "quota",
    "quota",
  ]);
  assert.deepEqual(bySays([10, 14, 15, 22, 31, 144, 9_999]), new Array(7).fill("other"));
});

test("Huawei: the header's parts, with or without a blank; base64 keeps its '='", () => {
  const proof = { kind: "hms", timestamp: "1700000000000", nonce: "a-b-c", value: "xziK+/Q2c=" };
  for (const separator of [";", "; "]) {
    const header = ["timestamp=1700000000000", "nonce=a-b-c", "value=xziK+/Q2c="].join(separator);
    assert.deepEqual(parse("hms", { statuses: [] }, { "x-huawei-callback-id": header }).proof, proof);
  }
  for (const header of ["", "timestamp=1;nonce=2", "value", ";;;;;;;;;;;;", "timestamp=;nonce=;value="])
    assert.equal(parse("hms", { statuses: [] }, { "x-huawei-callback-id": header }).proof, undefined, header);
});

test("Honor, OPPO, vivo, Xiaomi, Meizu: their forms, tokens one by one", () => {
  const honor = (status: unknown) => ({ statuses: [{ token: ONE, biTag: "n-1", status, timestamp: AT }] });
  assert.deepEqual(said("honor", honor(40000002)), [[ONE, "delivered", "n-1"]]);
  assert.deepEqual(said("honor", honor("40000004")), [[ONE, "dead", "n-1"]]);
  const oppo = (eventType: string) => [
    {
      messageId: "m",
      appId: "a",
      taskId: "t",
      registrationIds: `${ONE},${TWO}`,
      eventTime: `${AT}`,
      eventType,
    },
  ];
  assert.deepEqual(parse("oppo", oppo("push_arrive")).reports, [
    { token: ONE, says: "delivered", code: "push_arrive", atMs: AT },
    { token: TWO, says: "delivered", code: "push_arrive", atMs: AT },
  ]);
  assert.equal(parse("oppo", oppo("regid_invalid")).reports[1]?.says, "dead");
  assert.equal(parse("oppo", oppo("user_daily_limit")).reports[0]?.says, "quota");
  const vivo = {
    t1: { targets: ONE, ackTime: AT, ackType: "0", param: "n-1" },
    t2: { targets: TWO, ackType: "7" },
  };
  assert.deepEqual(said("vivo", vivo), [
    [ONE, "delivered", "n-1"],
    [TWO, "other", undefined],
  ]);
  const mi = (type: number) =>
    form({ data: { slm1: { param: "n-1", type, targets: `${ONE},${TWO}`, jobkey: "" } } });
  assert.deepEqual(said("mi", mi(1)), [
    [ONE, "delivered", "n-1"],
    [TWO, "delivered", "n-1"],
  ]);
  assert.deepEqual(said("mi", mi(2))[0], [ONE, "clicked", "n-1"]);
  assert.deepEqual(said("mi", mi(16))[1], [TWO, "dead", "n-1"]);
  const meizu = form({
    cb: { "m1-1": { param: "n-1", type: 2, targets: [ONE] } },
    access_token: "planted-secret",
  });
  const { reports, proof } = parse("meizu", meizu);
  assert.deepEqual(reports, [{ token: ONE, says: "clicked", code: "2", notification: "n-1" }]);
  assert.match(JSON.stringify(proof), /^\{"kind":"token","sha256":"[0-9a-f]{64}"\}$/);
});

test("JPush: one receipt or many, params as an object or as its JSON; the credentials go no further", () => {
  const receipt = { rid: ONE, msgid: "1828", type: 1, itime: AT, params: { notification: "n-1" } };
  const text = { ...receipt, type: 2, params: JSON.stringify(receipt.params) };
  for (const body of [[receipt, text], { data: [receipt, text] }])
    assert.deepEqual(said("jpush", body), [
      [ONE, "delivered", "n-1"],
      [ONE, "clicked", "n-1"],
    ]);
  assert.deepEqual(said("jpush", { ...receipt, type: 8 }), [[ONE, "other", "n-1"]]);
  for (const params of ["{", "[]", "7", "{}", "n-1", "x".repeat(2_000), null, 7])
    assert.deepEqual(said("jpush", { ...receipt, params }), [[ONE, "delivered", undefined]], String(params));
  const parsed = parse("jpush", receipt, { authorization: "Basic a2V5OnNlY3JldA==" });
  assert.ok(parsed.proof && !JSON.stringify(parsed).includes("a2V5OnNlY3JldA"));
});

test("Getui: a line each; a code of failure goes before the action", () => {
  const line = (over: object) =>
    JSON.stringify({
      appid: "app1",
      cid: ONE,
      taskid: "RASS_1",
      msgid: "m1",
      code: 200,
      sign: "00ff",
      ...over,
    });
  const says = (over: object) => parse("getui", line(over)).reports[0]?.says;
  assert.deepEqual(
    parse("getui", `${line({ actionId: "0" })}\r\n\n${line({ cid: TWO, actionId: "110030" })}\n`),
    {
      reports: [
        { token: ONE, says: "delivered", code: "0", sign: { value: "00ff", taskId: "RASS_1", msgId: "m1" } },
        { token: TWO, says: "dead", code: "110030", sign: { value: "00ff", taskId: "RASS_1", msgId: "m1" } },
      ],
      skipped: 0,
    },
  );
  assert.deepEqual(
    [
      { actionId: 10_000 },
      { actionId: "10010" },
      { code: 401 },
      { code: "402", actionId: "0" },
      { actionId: "77" },
    ].map(says),
    ["displayed", "clicked", "dead", "suppressed", "other"],
  );
  assert.deepEqual(parse("getui", `rubbish\n${line({})}`).skipped, 1);
});

test("Umeng: as much as its other interfaces suggest, and no notification", () => {
  assert.deepEqual(said("umeng", { device_token: ONE, type: 1, msg_id: "uu1" }), [
    [ONE, "delivered", undefined],
  ]);
  assert.deepEqual(said("umeng", { data: [{ device_tokens: `${ONE},${TWO}`, receipt_type: "2" }] }), [
    [ONE, "clicked", undefined],
    [TWO, "clicked", undefined],
  ]);
});

/** A body of each vendor around some entries with these tokens. */
const AROUND: Record<VendorName, (tokens: unknown[]) => string> = {
  hms: (all) => JSON.stringify({ statuses: all.map((token) => ({ token, status: 2 })) }),
  honor: (all) => JSON.stringify({ statuses: all.map((token) => ({ token, status: 40000003 })) }),
  mi: (all) => form({ data: Object.fromEntries(all.map((targets, n) => [`m${n}`, { targets, type: 16 }])) }),
  oppo: (all) =>
    JSON.stringify(all.map((registrationIds) => ({ registrationIds, eventType: "regid_invalid" }))),
  vivo: (all) =>
    JSON.stringify(Object.fromEntries(all.map((targets, n) => [`t${n}`, { targets, ackType: 0 }]))),
  meizu: (all) =>
    form({ cb: Object.fromEntries(all.map((one, n) => [`m${n}`, { targets: [one], type: 1 }])) }),
  jpush: (all) => JSON.stringify(all.map((rid) => ({ rid, type: 1 }))),
  getui: (all) => all.map((cid) => JSON.stringify({ cid, code: 200 })).join("\n"),
  umeng: (all) => JSON.stringify(all.map((device_token) => ({ device_token, type: 1 }))),
};
const VENDORS = Object.keys(AROUND) as VendorName[];

test("rubbish is refused with what was expected, and not repeated", () => {
  const rubbish = [
    "",
    "planted",
    "{",
    "null",
    "7",
    '"planted"',
    "[".repeat(100_000),
    "data=planted&cb=planted",
    "data=[1]&cb=7",
  ];
  for (const name of VENDORS)
    for (const body of rubbish)
      assert.throws(
        () => RECEIPT_PARSERS[name](body, {}),
        (error) =>
          error instanceof AppError &&
          error.code === "invalid_request" &&
          /: expected (JSON, |a form with |text, )/.test(error.message) &&
          !error.message.includes("planted"),
        `${name}: ${body.slice(0, 30)}`,
      );
});

test("odd entries are skipped and counted: wrong types, prototypes' names, tokens that nobody registers", () => {
  const odd = [null, 7, {}, [], [[]], true, "short", "x".repeat(513), "with blank 0123", "令牌令牌令牌令牌"];
  for (const name of VENDORS) {
    const { reports, skipped } = RECEIPT_PARSERS[name](AROUND[name]([...odd, ONE]), {});
    assert.deepEqual(
      reports.map(({ token }) => token),
      [ONE],
      name,
    );
    assert.ok(skipped >= odd.length - 1, `${name} skipped ${skipped}`);
    const prototypes = RECEIPT_PARSERS[name](
      AROUND[name](["__proto__", "constructor", "hasOwnProperty"]),
      {},
    );
    assert.deepEqual(
      prototypes.reports.map(({ token }) => token),
      ["__proto__", "constructor", "hasOwnProperty"],
      `${name}: tokens like others`,
    );
  }
  const planted = '{"statuses":[{"__proto__":{"token":"token-planted-0"},"status":0}]}';
  assert.deepEqual(parse("hms", planted), { reports: [], skipped: 1 });
  const long = {
    statuses: [
      { token: ONE, status: "9".repeat(40) },
      { token: ONE, status: 0, biTag: "n".repeat(129) },
    ],
  };
  assert.deepEqual(parse("hms", long), {
    reports: [{ token: ONE, says: "delivered", code: "0" }],
    skipped: 1,
  });
});

test("20,000 entries: all that a post may have are taken, the others counted, in no time", () => {
  const tokens = Array.from({ length: 20_000 }, (_, n) => `token-${n}-0123456789`);
  for (const name of VENDORS) {
    const tookMs = cpuMsOf(() => {
      const { reports, skipped } = RECEIPT_PARSERS[name](AROUND[name](tokens), {});
      const most = name === "hms" || name === "honor" ? 1_000 : tokens.length;
      assert.deepEqual([reports.length, skipped], [most, tokens.length - most], name);
    });
    assert.ok(tookMs < 2_000, `${name} took ${tookMs} ms`);
  }
});
