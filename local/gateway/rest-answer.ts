/** A function's proxy answer as an HTTP answer; what API Gateway calls malformed is malformed here too. */

export type HttpAnswer = { status: number; headers: [string, string][]; body: Buffer };

type ProxyAnswer = {
  statusCode?: unknown;
  headers?: unknown;
  multiValueHeaders?: unknown;
  body?: unknown;
  isBase64Encoded?: unknown;
};

const KNOWN_KEYS = new Set(["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"]);

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/** Headers of a function's answer that a REST API hands on under another name (its "important notes"). */
const REMAPPED = new Set([
  "authorization",
  "connection",
  "content-md5",
  "date",
  "server",
  "www-authenticate",
]);
const passedAs = (name: string): string =>
  REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name;

function headerPairs(answer: ProxyAnswer): [string, string][] | undefined {
  const { headers = {}, multiValueHeaders = {} } = answer;
  if (!isPlainObject(headers ?? {}) || !isPlainObject(multiValueHeaders ?? {})) return undefined;
  const multi = Object.entries((multiValueHeaders ?? {}) as Record<string, unknown>);
  if (multi.some(([, values]) => !Array.isArray(values))) return undefined;
  const repeated = multi.flatMap(([name, values]) =>
    (values as unknown[]).map((value): [string, string] => [name, String(value)]),
  );
  const named = new Set(multi.map(([name]) => name.toLowerCase()));
  const single = Object.entries((headers ?? {}) as Record<string, unknown>).filter(
    ([name]) => !named.has(name.toLowerCase()),
  );
  const pairs = [...single.map(([name, value]): [string, string] => [name, String(value)]), ...repeated];
  return pairs.map(([name, value]) => [passedAs(name), value]);
}

/** `undefined` means malformed: the gateway answers 502. */
export function httpAnswer(payload: unknown, decodesBinary: boolean): HttpAnswer | undefined {
  if (!isPlainObject(payload)) return undefined;
  if (Object.keys(payload).some((key) => !KNOWN_KEYS.has(key))) return undefined;
  const answer: ProxyAnswer = payload;
  const status = Number(answer.statusCode);
  const headers = headerPairs(answer);
  const body = answer.body ?? "";
  if (!Number.isInteger(status) || status < 100 || status > 599) return undefined;
  if (headers === undefined || typeof body !== "string") return undefined;
  const encoding = answer.isBase64Encoded === true && decodesBinary ? "base64" : "utf8";
  return { status, headers, body: Buffer.from(body, encoding) };
}
