import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parseSync } from "@swc/core";
import { openCursor } from "../../functions/core/api/cursor.ts";
import { whyNoKeySet } from "../../functions/core/app/set-client-auth.ts";
import { checkEndpoint } from "../../functions/core/net/endpoint-rule.ts";
import { isPublicAddress } from "../../functions/core/net/public-address.ts";
import { SendRequest } from "../../functions/core/notification/request.ts";
import { DeviceInput, UserInput } from "../../functions/core/recipient/device.ts";
import { parseTraceparent, traceOf } from "../../functions/core/trace/traceparent.ts";
import { jsonObject, reasonCode } from "../../functions/providers/transport/reply.ts";
import { retryAfterMs } from "../../functions/providers/transport/retry-after.ts";
import { cpuMsOf } from "../unit/cpu.ts";

/** Every regular expression of the functions, and what reads strangers' texts without one: linear, or refused. */
const ROOT = resolve(import.meta.dirname, "../..");
/** Lengths at which each attack is tried: whatever is exponential shows among the first, what is cubic in the middle. */
const STEPS = [
  ...Array.from({ length: 20 }, (_, n) => 8 + 2 * n),
  ...Array.from({ length: 12 }, (_, n) => 56 + 8 * n),
  ...[1_000, 10_000],
];
/** Linear reading takes a hundredth of this at 10,000 characters; a quadratic one, of 50 million steps, takes more. */
const STUCK_MS = 40;
/** The worst attack on each is tried at full length too: twice the text may cost three times the work. */
const LONG = 100_000;
const GROWTH = 3;
const NOTHING_MS = 25;

type Pattern = { file: string; pattern: string; flags: string };

function patternsIn(file: string): Pattern[] {
  const found: Pattern[] = [];
  const visit = (node: unknown): void => {
    if (node === null || typeof node !== "object") return;
    const { type, pattern, flags, callee } = node as Record<string, unknown>;
    if (type === "RegExpLiteral") found.push({ file, pattern: String(pattern), flags: String(flags) });
    if (type === "NewExpression" && (callee as { value?: string }).value === "RegExp")
      throw new Error(`${file} makes a RegExp out of a text: this test cannot read it`);
    Object.values(node).forEach(visit);
  };
  visit(parseSync(readFileSync(join(ROOT, file), "utf8"), { syntax: "typescript", target: "es2024" }).body);
  return found;
}

/** What an attacker repeats: single characters and pairs, those of the pattern itself first. */
function pumps({ pattern }: Pick<Pattern, "pattern">): string[] {
  const own = [...new Set(pattern.replaceAll(/\\[a-zA-Z]|[[\](){}?*+|^$]/g, ""))].slice(0, 20);
  const common = [..."a0A-_.:/@ \\\"'[{é\n", "\ud800", "a.", "a-", "-a", '\\"', "a@", "0a", "ab ", "aA0-"];
  return [...new Set([...own, ...common])];
}
/** What goes before, so that the pattern sets out, and behind, so that it has to turn back. */
const HEADS = ["", "https://", "mailto:a@", '"'];
const TAILS = ["", "!\u0000"];

const least = (times: number, run: () => unknown): number =>
  Math.min(...Array.from({ length: times }, () => cpuMsOf(run)));

type Attack = { name: string; make(length: number): string };

/** Why something is not linear in the length of its text; undefined when it is. */
function slowness(attacks: readonly Attack[], read: (text: string) => unknown): string | undefined {
  let worst: { attack: Attack; ms: number } | undefined;
  for (const attack of attacks) {
    let ms = 0;
    for (const length of STEPS) {
      const text = attack.make(length);
      ms = cpuMsOf(() => read(text));
      if (ms > STUCK_MS && least(2, () => read(text)) > STUCK_MS)
        return `${Math.round(ms)} ms for ${length} characters of ${attack.name}`;
    }
    if (worst === undefined || ms > worst.ms) worst = { attack, ms };
  }
  return worst && growthOf(worst.attack, read);
}

function growthOf({ name, make }: Attack, read: (text: string) => unknown): string | undefined {
  const [half, whole] = [make(LONG / 2), make(LONG)];
  const [once, twice] = [least(5, () => read(half)), least(5, () => read(whole))];
  const fine = twice < NOTHING_MS || twice <= GROWTH * once;
  return fine ? undefined : `${once} ms, then ${twice} ms for twice as much of ${name}`;
}

const attacksWith = (own: readonly string[], heads: readonly string[], tails: readonly string[]): Attack[] =>
  own.flatMap((pump) =>
    heads.flatMap((head) =>
      tails.map((tail) => ({
        name: JSON.stringify([head, pump, tail]),
        make: (length: number) => head + pump.repeat(length / pump.length) + tail,
      })),
    ),
  );

function slownessOf(pattern: Pattern): string | undefined {
  const expression = new RegExp(pattern.pattern, pattern.flags);
  const all = pattern.flags.includes("g");
  const read = (text: string) => (all ? text.replaceAll(expression, "") : expression.test(text));
  return slowness(attacksWith(pumps(pattern), HEADS, TAILS), read);
}

const FILES = globSync("functions/**/*.ts", { cwd: ROOT }).sort();

test("every regular expression of the functions is linear in its text", () => {
  const patterns = FILES.flatMap(patternsIn);
  assert.ok(patterns.length >= 40, `${patterns.length} patterns`);
  const known = new Map(patterns.map((pattern) => [`/${pattern.pattern}/${pattern.flags}`, pattern]));
  for (const [text, pattern] of known)
    assert.equal(slownessOf(pattern), undefined, `${text} in ${pattern.file}`);
});

test("patterns that are not are found", () => {
  for (const [pattern, flags] of [
    ["^(a+)+$", ""],
    ["\\s+$", ""],
    ['"(?:[^"\\\\]|\\\\.)*"', "g"],
  ] as const)
    assert.notEqual(slownessOf({ file: "planted", pattern, flags }), undefined, pattern);
});

const content = (title: string) => ({
  to: { users: ["a"] },
  content: { title, url: title, tag: title, color: title },
});
const READERS: Record<string, (text: string) => unknown> = {
  "an endpoint": (text) => checkEndpoint(text, ["*.example.com"]),
  "a key set's URL": whyNoKeySet,
  "a cursor": (text) => {
    try {
      return openCursor(text, { app: "a", query: {} }, "s");
    } catch {
      return undefined; // refused, which is not what is tried here
    }
  },
  "an address": isPublicAddress,
  "a traceparent": parseTraceparent,
  "a trace": (text) => traceOf(text, "r", true),
  "Retry-After": (text) => retryAfterMs(text, 0),
  "a provider's body": jsonObject,
  "a provider's reason": reasonCode,
  "a notification": (text) => SendRequest.safeParse(content(text)),
  "a person": (text) =>
    UserInput.safeParse({ name: text, locale: text, zone: text, attributes: { a: text } }),
  "a device": (text) =>
    DeviceInput.safeParse({
      platform: "ios",
      os: text,
      tokens: ["apns", "fcmToken", "fcmFid"].map((kind) => ({ kind, token: text })),
    }),
};

for (const [what, read] of Object.entries(READERS)) {
  test(`${what} is read in a time that grows with its length and no faster`, () => {
    const own = ["a", "0", ".", "-", ":", "%", "a.", "[", "Mon ", "\u0000", "é", "\ud800"];
    assert.equal(slowness(attacksWith(own, ["", "https://", "00-", "20"], [""]), read), undefined);
  });
}
