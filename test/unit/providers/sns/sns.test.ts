import assert from "node:assert/strict";
import { test } from "node:test";
import type { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { parseCredentials } from "../../../../functions/core/app/provider-input.ts";
import { SnsCredentials } from "../../../../functions/core/credentials/sns.ts";
import type { AppError } from "../../../../functions/core/errors/app-error.ts";
import { smsText } from "../../../../functions/core/notification/sms-text.ts";
import { DEFAULT_PRICE_USD, longestPrefix } from "../../../../functions/core/policy/sms-prices.ts";
import type { Take } from "../../../../functions/core/policy/spend.ts";
import type { AccountRate } from "../../../../functions/providers/sns/account-rate.ts";
import { SNS_CODES } from "../../../../functions/providers/sns/codes.ts";
import { SNS_VERDICTS, smsOutcome } from "../../../../functions/providers/sns/outcome.ts";
import { snsProvider } from "../../../../functions/providers/sns/sns.ts";
import { smsTakes } from "../../../../functions/providers/sns/spend.ts";
import { snsTransport } from "../../../../functions/providers/sns/transport.ts";
import { message, soon, target } from "../../../contract/provider-world.ts";

type Input = PublishCommand["input"];

/** A client that keeps what it was told, and a spend that does as it is told. */
function setUp(credentials: object, refuse?: string, rate?: AccountRate) {
  const sent: Input[] = [];
  const taken: Take[][] = [];
  const client = {
    send: async ({ input }: PublishCommand) => {
      sent.push(input);
      return { MessageId: "m-1" };
    },
  } as unknown as Pick<SNSClient, "send">;
  const provider = snsProvider({
    app: "a",
    credentials: SnsCredentials.parse({ countries: ["+49"], ...credentials }),
    transport: snsTransport(client, Date.now),
    accountRate: async () => rate,
    spend: {
      async take(takes) {
        taken.push([...takes]);
        const over = refuse === undefined ? undefined : takes.find(({ key }) => key.startsWith(refuse));
        return over === undefined ? { ok: true } : { ok: false, key: over.key };
      },
    },
    now: Date.now,
  });
  return { provider, sent, taken };
}

const phone = (token = "+4915112345678") => target({ kind: "phone", token });

test("the text: its own block, or title, body and link", () => {
  assert.equal(smsText({ title: "T", body: "B", url: "https://e.com/x" }), "T\nB\nhttps://e.com/x");
  assert.equal(smsText({ title: "T" }), "T");
  assert.equal(smsText({ body: "B" }), "B");
  assert.equal(smsText({ title: "T", url: "https://e.com/x", sms: { body: "S" } }), "S");
  assert.equal(smsText({ title: "T", sms: {} }), "T");
  assert.equal(smsText({ url: "https://e.com/x" }), undefined);
});

test("what SNS is told", async () => {
  const { provider, sent } = setUp({ senderId: "Shop", maxPriceUsd: 0.1 });
  const outcome = await (await provider.prepare(message()))(phone(), soon());
  assert.deepEqual(outcome, { kind: "accepted", status: 200, providerId: "m-1" });
  assert.deepEqual(sent, [
    {
      PhoneNumber: "+4915112345678",
      Message: "Hello\nWorld",
      MessageAttributes: {
        "AWS.SNS.SMS.SMSType": { DataType: "String", StringValue: "Transactional" },
        "AWS.SNS.SMS.SenderID": { DataType: "String", StringValue: "Shop" },
        "AWS.SNS.SMS.MaxPrice": { DataType: "Number", StringValue: "0.1" },
      },
    },
  ]);
});

test("marketing is promotional, or what the operator calls so; a tiny price is no 1e-7", async () => {
  const typeOf = async (credentials: object, category: string) => {
    const { provider, sent } = setUp({ maxPriceUsd: 0.0000001, ...credentials });
    await (await provider.prepare(message({ category })))(phone(), soon());
    const attributes = sent[0]?.MessageAttributes;
    assert.equal(attributes?.["AWS.SNS.SMS.MaxPrice"]?.StringValue, "0.00001");
    assert.equal(attributes?.["AWS.SNS.SMS.SenderID"], undefined);
    return attributes?.["AWS.SNS.SMS.SMSType"]?.StringValue;
  };
  assert.equal(await typeOf({}, "marketing"), "Promotional");
  assert.equal(await typeOf({}, "urgent"), "Transactional");
  assert.equal(await typeOf({ promotional: ["news"] }, "marketing"), "Transactional");
  assert.equal(await typeOf({ promotional: ["news"] }, "news"), "Promotional");
});

test("what has nothing to say goes nowhere and costs nothing; what is too long is cut before its link", async () => {
  const { provider, sent, taken } = setUp({});
  const send = async (content: object) => (await provider.prepare(message({ content })))(phone(), soon());
  assert.deepEqual(await send({ data: { a: "b" } }), { kind: "rejected", reason: "nothing_to_say" });
  assert.deepEqual(await send({ body: " \n" }), { kind: "rejected", reason: "nothing_to_say" });
  assert.deepEqual([sent.length, taken.length], [0, 0]);
  const url = "https://e.com/x";
  for (const content of [
    { body: "x".repeat(1_600) },
    { body: "x".repeat(1_601) },
    { title: "T", body: "😀".repeat(900), url },
  ])
    assert.equal((await send(content)).kind, "accepted");
  const texts = sent.map(({ Message }) => Message ?? "");
  assert.deepEqual(texts.slice(0, 2), ["x".repeat(1_600), `${"x".repeat(1_597)}...`]);
  assert.match(texts[2]!, /^T\n(😀)+\.{3}\nhttps:\/\/e\.com\/x$/u);
  assert.ok(texts[2]!.length <= 1_600 && texts[2]!.length >= 1_598, `${texts[2]!.length}`);
});

test("numbers outside the countries are left out before anything is spent or asked", async () => {
  const { provider, sent, taken } = setUp({ countries: ["+49151", "+1"] });
  const send = await provider.prepare(message());
  for (const number of ["+4917112345678", "+33612345678", "+86139123456789"])
    assert.deepEqual(await send(phone(number), soon()), {
      kind: "suppressed",
      reason: "country_not_allowed",
    });
  for (const number of ["4915112345678", "+49", "+0151", "tel:+4915112345678", "+49151 2345678", ""])
    assert.deepEqual(await send(phone(number), soon()), { kind: "rejected", reason: "invalid_number" });
  assert.deepEqual([sent.length, taken.length], [0, 0]);
  assert.equal((await send(phone("+12025550123"), soon())).kind, "accepted");
});

test("a cap that is used up: the reason, and no request", async () => {
  const credentials = { caps: { messagesPerPrefix: 5 } };
  for (const [refuse, reason] of [
    ["sms#+49", "sms_cap_prefix"],
    ["sms#usd", "sms_cap_usd"],
    ["sms#", "sms_cap_number"],
  ] as const) {
    const { provider, sent } = setUp(credentials, refuse);
    const outcome = await (await provider.prepare(message()))(phone(), soon());
    assert.deepEqual(outcome, { kind: "suppressed", reason });
    assert.deepEqual(sent, []);
  }
});

test("after its deadline nothing is spent nor sent", async () => {
  const { provider, sent, taken } = setUp({});
  const outcome = await (await provider.prepare(message()))(phone(), soon(-1));
  assert.deepEqual(outcome, { kind: "retry", reason: "deadline_exceeded" });
  assert.deepEqual([sent.length, taken.length], [0, 0]);
});

test("a spend that fails is told, and tried again: nothing was sent", async () => {
  const sent: unknown[] = [];
  const told: unknown[] = [];
  const provider = snsProvider({
    app: "a",
    credentials: SnsCredentials.parse({ countries: ["+49"] }),
    transport: { publish: async (sms) => ({ kind: "sent", id: String(sent.push(sms)) }) },
    spend: { take: () => Promise.reject(new Error("no table")) },
    notCounted: (error) => told.push(error),
    now: Date.now,
  });
  const outcome = await (await provider.prepare(message()))(phone(), soon());
  assert.deepEqual(outcome, { kind: "retry", reason: "not_counted", unasked: true });
  assert.deepEqual(sent, []);
  assert.match(String(told[0]), /no table/);
});

test("what is taken from which cap", () => {
  const credentials = SnsCredentials.parse({
    countries: ["+1", "+49"],
    prices: { "+49": 0.0793, "+4915": 0.08, "+1": 0.00645, "*": 0.2 },
    caps: { messagesPerNumber: 3, messagesPerPrefix: 100, usdPerDay: 2.5 },
  });
  const take = (number: string, parts: number) =>
    smsTakes(credentials, { app: "a", number, prefix: number.slice(0, 3), parts });
  const [person, prefix, usd] = take("+4915112345678", 3);
  assert.match(person?.key ?? "", /^sms#[0-9a-f]{32}$/);
  assert.deepEqual([person?.amount, person?.cap], [1, 3]);
  assert.deepEqual(prefix, { key: "sms#+49", amount: 1, cap: 100, reason: "sms_cap_prefix" });
  assert.deepEqual(usd, { key: "sms#usd", amount: 240_000, cap: 2_500_000, reason: "sms_cap_usd" });
  const priceOf = (number: string) => take(number, 1).at(-1)?.amount;
  assert.deepEqual(["+4917112345678", "+12025550123", "+33612345678"].map(priceOf), [79_300, 6_450, 200_000]);
});

test("defaults: twenty a number, ten dollars a day, no cap by prefix, and a price that is rather too high", () => {
  const takes = smsTakes(SnsCredentials.parse({ countries: ["+49"] }), {
    app: "a",
    number: "+4915112345678",
    prefix: "+49",
    parts: 2,
  });
  assert.deepEqual(
    takes.map(({ amount, cap, reason }) => [amount, cap, reason]),
    [
      [1, 20, "sms_cap_number"],
      [2 * DEFAULT_PRICE_USD * 1_000_000, 10_000_000, "sms_cap_usd"],
    ],
  );
});

test("two apps' keys of one number have nothing in common, and none holds the number", () => {
  const keyOf = (app: string) =>
    smsTakes(SnsCredentials.parse({ countries: ["+49"] }), {
      app,
      number: "+4915112345678",
      prefix: "+49",
      parts: 1,
    })[0]?.key;
  assert.notEqual(keyOf("a"), keyOf("b"));
  assert.ok(!keyOf("a")?.includes("15112345678"));
});

test("the longest beginning wins, whatever the order", () => {
  assert.equal(longestPrefix("+12425550123", ["+1", "+1242", "+12"]), "+1242");
  assert.equal(longestPrefix("+12425550123", ["+1242", "+1"]), "+1242");
  assert.equal(longestPrefix("+33", ["+1"]), undefined);
});

const refused = (code: string, status = 400, text = "as told") =>
  smsOutcome({ kind: "refused", status, code, message: text });

test("every verdict's code has its sentences, and every sentence its full stop", () => {
  for (const code of Object.keys(SNS_VERDICTS)) assert.ok(code in SNS_CODES, code);
  for (const [code, { en, zh }] of Object.entries(SNS_CODES)) {
    assert.match(en, /^[A-Z].*\.$/, code);
    assert.match(zh, /\p{Script=Han}.*。$/u, code);
  }
});

test("SNS's words become outcomes", () => {
  const number = "Invalid parameter: PhoneNumber Reason: +491 is not valid to publish to";
  const cases: [ReturnType<typeof refused>, object][] = [
    [refused("OptedOut"), { kind: "gone", reason: "opted_out", status: 400 }],
    [refused("InvalidParameter", 400, "Phone number is opted out"), { kind: "gone", reason: "opted_out" }],
    [refused("InvalidParameter", 400, number), { kind: "rejected", reason: "invalid_number" }],
    [refused("InvalidParameter"), { kind: "rejected", reason: "InvalidParameter" }],
    [refused("Throttled", 429), { kind: "throttled", retryAfterMs: 1_000 }],
    [refused("Throttling", 400, "Rate exceeded"), { kind: "throttled" }],
    [refused("Whatever", 400, "Rate exceeded"), { kind: "throttled" }],
    [refused("AuthorizationError", 403), { kind: "misconfigured", reason: "AuthorizationError" }],
    [refused("AccessDenied", 403), { kind: "misconfigured" }],
    [refused("NeverHeard", 403), { kind: "misconfigured", reason: "NeverHeard" }],
    [refused("NeverHeard", 400), { kind: "rejected" }],
    [refused("NeverHeard", 429), { kind: "throttled" }],
    [refused("InternalError", 500), { kind: "retry", reason: "InternalError" }],
    [refused("InvalidParameter", 503), { kind: "retry" }],
    [refused("constructor", 400), { kind: "rejected", reason: "constructor" }],
    [refused("<html> +4915112345678", 502), { kind: "retry", reason: "status_502" }],
  ];
  for (const [outcome, expected] of cases)
    assert.deepEqual({ ...outcome, ...expected }, outcome, JSON.stringify([outcome, expected]));
});

test("the account's rate: the carrier's own, or what the operator says it was raised to", async () => {
  const salesFrom = { carrier: "endUserMessaging", originationIdentity: "pool-1" };
  const cases: [object, number][] = [
    [{}, 200],
    [{ messagesPerS: 100 }, 1_000],
    [salesFrom, 10],
    [{ ...salesFrom, messagesPerS: 0.1 }, 1],
  ];
  for (const [credentials, sends] of cases)
    assert.deepEqual(await setUp(credentials).provider.quota?.(), {
      sends,
      windowMs: 10_000,
      of: "account",
      // Apps of another rate must not use up this one's count, nor the other way round.
      pool: `${"carrier" in credentials ? "endUserMessaging" : "sns"}#${sends}`,
    });
});

test("without the operator's word it is what the account's quotas tell, of each kind that the app sends", async () => {
  const sendsOf = async (credentials: object, rate?: AccountRate) =>
    (await setUp(credentials, undefined, rate).provider.quota?.())?.sends;
  const told = { transactional: 50, promotional: 30 };
  assert.equal(await sendsOf({ promotional: [] }, told), 500);
  assert.equal(await sendsOf({ promotional: ["marketing"] }, told), 300);
  assert.equal(await sendsOf({ promotional: ["marketing"] }, { transactional: 50 }), 200, "20 until told");
  assert.equal(await sendsOf({ promotional: [], messagesPerS: 7 }, told), 70);
  assert.equal(await sendsOf({ promotional: [] }, undefined), 200);
});

test("what belongs to one carrier is not taken for the other", () => {
  const wrong: [object, RegExp][] = [
    [{ carrier: "endUserMessaging" }, /originationIdentity.*must be given/s],
    [
      { carrier: "endUserMessaging", originationIdentity: "pool-1", senderId: "Shop" },
      /senderId.*is for the carrier sns/s,
    ],
    [{ originationIdentity: "pool-1" }, /originationIdentity.*is for the carrier endUserMessaging/s],
    [{ configurationSet: "set" }, /configurationSet.*is for the carrier endUserMessaging/s],
    [{ carrier: "pigeon" }, /carrier/],
  ];
  for (const [input, message] of wrong)
    assert.throws(
      () => parseCredentials("sns", { countries: ["+49"], ...input }),
      (error: AppError) => {
        assert.match(JSON.stringify(error.extra.errors), message);
        return true;
      },
    );
});
