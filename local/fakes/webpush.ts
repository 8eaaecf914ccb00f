import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from "node:crypto";
import { FAKE_HOSTS } from "./certificates.ts";
import type { Fault } from "./faults.ts";
import { holds, p256Key, readJwt } from "./jwt.ts";
import { createLog, type Received } from "./received.ts";
import { type FakeAnswer, type FakeOptions, type FakeRequest, startSecureServer } from "./secure-server.ts";

export type Subscription = { endpoint: string; keys: { p256dh: string; auth: string } };

export type FakeWebPush = {
  received: Received[];
  latencyMs: number;
  /** A browser subscribes with an app's public VAPID key; Safari's push service is Apple's. Firefox by default. */
  subscribe(options: { vapidPublicKey: string; by?: keyof typeof PLACES }): Subscription;
  /** The browser forgets a subscription: 410 from now on. */
  unsubscribe(endpoint: string): void;
  /** Refuses every token that it has been shown so far: by its own clock they have expired. */
  expireTokens(): void;
  port: number;
  close(): Promise<void>;
};

const LIMIT_BYTES = 4_096;
const DAY_S = 86_400;
const [MOZILLA, APPLE, DISTRIBUTOR] = FAKE_HOSTS.webpush;
const PLACES = {
  firefox: `https://${MOZILLA}/wpush/v2/`,
  safari: `https://${APPLE}/`,
  unifiedPush: `https://${DISTRIBUTOR}/up/`,
};

type Browser = { ecdh: ECDH; auth: Buffer; vapidPublicKey: string; gone: boolean };
type Refusal = { status: number; reason: string };
/** Mozilla's word for it; Apple's is BadJwtToken, with 403. */
const TOKEN_EXPIRED: Refusal = { status: 401, reason: "InvalidVapid" };

/** A push service and the browsers behind it: judges RFC 8030 and 8292, decrypts RFC 8291. */
export async function startFakeWebPush(
  options: Pick<FakeOptions, "certificates" | "faults"> & { now(): number },
): Promise<FakeWebPush> {
  const log = createLog();
  const browsers = new Map<string, Browser>();
  const fake = { latencyMs: 0 };
  const expired = new Set<string | undefined>();
  const endpointOf = (request: FakeRequest) => `https://${request.host}${request.path}`;
  const server = await startSecureServer({
    ...options,
    name: "webpush",
    maxConcurrentStreams: 100,
    tokenOf: endpointOf,
    latencyMs: () => fake.latencyMs,
    answer: (request, fault) => {
      const endpoint = endpointOf(request);
      const judged = judge(browsers.get(endpoint), request, options.now());
      const late = expired.has(request.headers["authorization"]) ? TOKEN_EXPIRED : undefined;
      const refusal = refusalOf(fault) ?? late ?? judged.refusal;
      const status = refusal?.status ?? 201;
      log.add({
        atMs: options.now(),
        token: endpoint,
        headers: request.headers,
        payload: judged.payload,
        status,
        ...(refusal && { reason: refusal.reason }),
      });
      return reply(endpoint, status, refusal, fault);
    },
  });
  return Object.assign(fake, {
    received: log.entries,
    subscribe({ vapidPublicKey, by = "firefox" }: { vapidPublicKey: string; by?: keyof typeof PLACES }) {
      const ecdh = createECDH("prime256v1");
      ecdh.generateKeys();
      const auth = randomBytes(16);
      const endpoint = PLACES[by] + randomBytes(24).toString("base64url");
      browsers.set(endpoint, { ecdh, auth, vapidPublicKey, gone: false });
      return {
        endpoint,
        keys: { p256dh: ecdh.getPublicKey().toString("base64url"), auth: auth.toString("base64url") },
      };
    },
    unsubscribe(endpoint: string) {
      const browser = browsers.get(endpoint);
      if (browser) browser.gone = true;
    },
    expireTokens() {
      for (const { headers } of log.entries) expired.add(headers["authorization"]);
    },
    port: server.port,
    close: server.close,
  });
}

function reply(
  endpoint: string,
  status: number,
  refusal: Refusal | undefined,
  fault: Fault | undefined,
): FakeAnswer {
  const headers: Record<string, string> = {};
  if (fault?.retryAfterS !== undefined) headers["retry-after"] = String(fault.retryAfterS);
  if (refusal) return { status, headers, body: JSON.stringify({ code: status, reason: refusal.reason }) };
  return { status, headers: { ...headers, location: `${endpoint}/m/${randomBytes(6).toString("hex")}` } };
}

const refusalOf = (fault: Fault | undefined): Refusal | undefined =>
  fault?.status === undefined || fault.status === 201
    ? undefined
    : { status: fault.status, reason: fault.reason ?? "as told" };

function judge(
  browser: Browser | undefined,
  request: FakeRequest,
  nowMs: number,
): { refusal?: Refusal; payload?: unknown } {
  const refuse = (status: number, reason: string) => ({ refusal: { status, reason } });
  if (request.method !== "POST") return refuse(405, "method");
  if (browser === undefined) return refuse(404, "NoSuchSubscription");
  if (browser.gone) return refuse(410, "Gone");
  const refusal = judgeHeaders(request) ?? judgeVapid(browser, request, nowMs);
  if (refusal) return { refusal };
  if (request.body.length > LIMIT_BYTES) return refuse(413, "PayloadTooLarge");
  const plain = decrypt(browser, request.body);
  if (plain === undefined) return refuse(400, "the body does not decrypt");
  try {
    return { payload: JSON.parse(plain.toString()) };
  } catch {
    return { payload: plain.toString() }; // the app's own text: no JSON is asked for
  }
}

function judgeHeaders({ headers }: FakeRequest): Refusal | undefined {
  if (!/^\d+$/.test(headers["ttl"] ?? "")) return { status: 400, reason: "BadTtl" };
  if (!["very-low", "low", "normal", "high"].includes(headers["urgency"] ?? "normal"))
    return { status: 400, reason: "BadUrgency" };
  if (headers["topic"] !== undefined && !/^[\w-]{1,32}$/.test(headers["topic"]))
    return { status: 400, reason: "BadWebPushTopic" };
  if (headers["content-encoding"] !== "aes128gcm") return { status: 415, reason: "content-encoding" };
  return undefined;
}

function judgeVapid(browser: Browser, { headers, host }: FakeRequest, nowMs: number): Refusal | undefined {
  const [, token, key] = /^vapid t=([^,\s]+),\s*k=([\w-]+)$/.exec(headers["authorization"] ?? "") ?? [];
  const bad = { status: 403, reason: "BadJwtToken" };
  if (token === undefined || key === undefined) return { status: 401, reason: "MissingVapid" };
  if (key !== browser.vapidPublicKey) return { status: 403, reason: "VapidPkHashMismatch" };
  const jwt = readJwt(token);
  if (jwt?.header["alg"] !== "ES256" || !holds(jwt, p256Key(Buffer.from(key, "base64url")))) return bad;
  const { aud, exp, sub } = jwt.claims;
  const leftS = Number(exp) - nowMs / 1000;
  if (aud !== `https://${host}` || !(leftS > 0 && leftS <= DAY_S)) return bad;
  return /^(mailto:|https:)/.test(String(sub)) ? undefined : bad;
}

/** RFC 8291 with RFC 8188's aes128gcm, from the browser's side. */
function decrypt(browser: Browser, body: Buffer): Buffer | undefined {
  try {
    const salt = body.subarray(0, 16);
    const keyLength = body.readUInt8(20);
    const serverKey = body.subarray(21, 21 + keyLength);
    const record = body.subarray(21 + keyLength);
    const shared = browser.ecdh.computeSecret(serverKey);
    const info = Buffer.concat([Buffer.from("WebPush: info\0"), browser.ecdh.getPublicKey(), serverKey]);
    const ikm = Buffer.from(hkdfSync("sha256", shared, browser.auth, info, 32));
    const key = Buffer.from(hkdfSync("sha256", ikm, salt, "Content-Encoding: aes128gcm\0", 16));
    const nonce = Buffer.from(hkdfSync("sha256", ikm, salt, "Content-Encoding: nonce\0", 12));
    const decipher = createDecipheriv("aes-128-gcm", key, nonce);
    decipher.setAuthTag(record.subarray(record.length - 16));
    const padded = Buffer.concat([decipher.update(record.subarray(0, record.length - 16)), decipher.final()]);
    const end = padded.lastIndexOf(2);
    return end < 0 ? undefined : padded.subarray(0, end);
  } catch {
    return undefined; // answered as a body that does not decrypt
  }
}
