import fc from "fast-check";

/** As much of JSON Schema as the OpenAPI document uses. */
export type Schema = {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  propertyNames?: Schema;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minimum?: number;
  maximum?: number;
};

/** Longer lists and texts are the body limits' tests: here they would only cost time. */
const MOST_ITEMS = 4;
const MOST_CHARACTERS = 200;

/** Names that every object of JavaScript answers to, and others that fit where an id is asked for. */
export const ODD_IDS = ["constructor", "__proto__", "toString", "hasOwnProperty", "..", "a:b", "~", "@"];

/** Values that fit a schema, as far as it says so itself: rules that it cannot express are not known here. */
export function fitting(schema: Schema): fc.Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return fc.oneof(...branches.map(fitting));
  switch (schema.type) {
    case "object":
      return object(schema);
    case "array":
      return fc.array(fitting(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.max(schema.minItems ?? 0, Math.min(schema.maxItems ?? MOST_ITEMS, MOST_ITEMS)),
      });
    case "string":
      return text(schema);
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1_000, max: Math.min(schema.maximum ?? 1_000, 2 ** 31) });
    case "number":
      return fc.constantFrom(schema.minimum ?? -1.25, 0.5, schema.maximum ?? 1e9);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.anything({
        values: [fc.string(), fc.boolean(), fc.integer(), fc.constant(null)],
        maxDepth: 3,
      });
  }
}

const soon = (days: number) => fc.constant(new Date(Date.now() + days * 86_400_000).toISOString());

/** Fields whose rule no schema can say; what breaks the rule comes from `spoiled`. */
const MEANT: Record<string, (schema: Schema) => fc.Arbitrary<unknown>> = {
  sendAt: () => soon(1),
  expiresAt: () => soon(2),
  from: () => soon(-2),
  to: (schema) => (schema.type === "string" ? soon(0) : fitting(schema)),
  limit: () => fc.integer({ min: 1, max: 200 }).map(String),
  category: () => fc.constantFrom("transactional", "marketing", "social"),
  apple: (schema) =>
    fc.oneof({ weight: 3, arbitrary: fc.constantFrom({}, { targetContentId: "w" }) }, fitting(schema)),
  eventTime: () => soon(0),
  staleAt: () => soon(1),
  dismissAt: () => soon(-1),
  data: () => fc.dictionary(fc.constantFrom("order", "a.b", "é"), fc.string()),
  locale: () => fc.constantFrom("de", "zh-Hant-TW"),
  zone: () => fc.constantFrom("Europe/Berlin", "Asia/Kathmandu"),
  replyTo: () => fc.constant("shop@mail.example"),
  attachments: () => fc.constant([{ name: "a.txt", content: "YQ==" }]),
  endpoint: () => fc.nat().map((n) => `https://web.push.apple.com/${n}`),
};

function object({ properties, required = [], propertyNames, additionalProperties }: Schema) {
  if (properties === undefined) {
    const values = typeof additionalProperties === "object" ? fitting(additionalProperties) : fitting({});
    const names = propertyNames ? (fitting(propertyNames) as fc.Arbitrary<string>) : fc.string();
    return fc.array(fc.tuple(names, values), { maxLength: MOST_ITEMS }).map(Object.fromEntries);
  }
  const fields = Object.entries(properties).map(
    ([name, schema]) => [name, MEANT[name]?.(schema) ?? fitting(schema)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: required });
}

function text({ pattern, minLength = 0, maxLength = MOST_CHARACTERS }: Schema): fc.Arbitrary<string> {
  const most = Math.max(minLength, Math.min(maxLength, MOST_CHARACTERS));
  const fits = (value: string) => value.length >= minLength && value.length <= maxLength;
  // fast-check makes no texts of Unicode classes; the only ones here leave out what `string` never makes.
  if (pattern === undefined || pattern.includes("\\p")) return fc.string({ minLength, maxLength: most });
  // One class repeated is asked for in the right length at once: to wait for 86 characters by chance takes for ever.
  const [, repeated] = /^\^(\[(?:[^\]\\]|\\.)+\])[+*](?:=\*)?\$$/.exec(pattern) ?? [];
  const exact = repeated === undefined ? pattern : `^${repeated}{${minLength},${most}}$`;
  const made = fc.stringMatching(new RegExp(exact), { maxLength: most }).filter(fits);
  const odd = ODD_IDS.filter((id) => new RegExp(pattern).test(id) && fits(id));
  return odd.length > 0 ? fc.oneof({ weight: 3, arbitrary: made }, fc.constantFrom(...odd)) : made;
}

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

/** What may stand anywhere instead of what belongs there. */
const NASTY: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 1e308, 2 ** 53, "", " ", [], {}, [[]], deep(18), ...ODD_IDS],
  ...["\ud800", "\udc00x", "\u0000", "\ufffe\uffff", "\u202e", "x".repeat(5_000), "é".repeat(2_000)],
  ...["2026-13-45T99:99:99Z", "9999-12-31T23:59:59+99:99", "0000-01-01T00:00:00Z", "2026-02-30T00:00:00Z"],
  ...["https://[::1", "https://", "%00", "../..", "$(x)", "{{x}}", "<x>", "\r\nX: y", "NaN", "1e999"],
];

type Change = { at: number; how: "replace" | "remove" | "add"; value: unknown };
const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(200),
  how: fc.constantFrom("replace", "replace", "remove", "add"),
  value: fc.constantFrom(...NASTY),
});

/** The same with a few of its places replaced, removed or grown. */
export const spoiled = (values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(values, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([value, changes]) => changes.reduce(changed, structuredClone(value)));

function changed(value: unknown, { at, how, value: wanted }: Change): unknown {
  // A copy each time: the next change may be made inside it.
  const nasty = structuredClone(wanted);
  const places = placesOf(value);
  const place = places[at % (places.length + 1)];
  if (place === undefined) return nasty;
  const { holder, key } = place;
  if (how === "remove" && !Array.isArray(holder)) delete holder[key];
  else if (how === "add") define(holder, Array.isArray(holder) ? String(holder.length) : "__proto__", nasty);
  else define(holder, key, nasty);
  return value;
}

/** As JSON.parse does: `__proto__` is a name like any other. */
const define = (holder: object, key: string, value: unknown) =>
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });

type Place = { holder: Record<string, unknown>; key: string };

function placesOf(value: unknown): Place[] {
  if (value === null || typeof value !== "object") return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesOf(holder[key])]);
}
