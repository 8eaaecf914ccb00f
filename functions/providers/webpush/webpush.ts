import type { VapidPair, WebPushCredentials } from "../../core/credentials/webpush.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendEach, Target } from "../../core/dispatch/provider.ts";
import { checkEndpoint } from "../../core/net/endpoint-rule.ts";
import { type OpenSocket, type Reply, withoutAnswer } from "../transport/reply.ts";
import { encrypt, type Subscriber } from "./encryption.ts";
import { webPushOutcome } from "./outcome.ts";
import {
  declarativePayload,
  WEBPUSH_LIMIT_BYTES,
  type WebPushMessage,
  webPushHeaders,
  webPushPayload,
} from "./payload.ts";
import { pushServices } from "./transport.ts";
import { type Vapid, vapid } from "./vapid.ts";

/** Encryption is most of a send's cost; more in flight would only wait for the processor. */
const CONCURRENCY = 200;
/** Subscriptions remembered as made with the previous key pair. */
const MAX_REMEMBERED = 10_000;

export type WebPushOptions = {
  credentials: WebPushCredentials;
  /** Hosts that the operator allows beside the known push services. */
  extraHosts: readonly string[];
  open: OpenSocket;
  now(): number;
};

type Place = { host: string; origin: string; path: string };
/** A message's texts: as Safari gets it, and as all others do. */
type Texts = { apple: Buffer; others: Buffer };

/** Web Push: RFC 8030 with RFC 8291 encryption and RFC 8292 identification. */
export function webPushProvider(options: WebPushOptions): Provider<SendEach> & { close(): void } {
  const { credentials, extraHosts, open, now } = options;
  const services = pushServices(open);
  const identity = (pair: VapidPair) => vapid(pair, credentials.subject, now);
  const current = identity(credentials);
  const previous = credentials.previous && identity(credentials.previous);
  const madeWithPrevious = new Set<string>();

  async function post(
    common: readonly string[],
    body: Buffer,
    endpoint: string,
    at: Place & { deadlineMs: number },
  ) {
    const send = (authorization: string): Promise<Reply> =>
      services.send(at.host, { headers: requestHeaders(common, at, authorization), body }, at.deadlineMs);
    if (previous === undefined) return (await sendAs([current], at.origin, send)).reply;
    const mine = madeWithPrevious.has(endpoint) ? previous : current;
    const other = mine === current ? previous : current;
    const { reply, by } = await sendAs([mine, other], at.origin, send);
    if (by === other) remember(madeWithPrevious, endpoint, other === previous);
    return reply;
  }

  async function deliver(common: readonly string[], texts: Texts, target: Target, deadlineMs: number) {
    const endpoint = checkEndpoint(target.token, extraHosts);
    if (!endpoint.ok) return ENDPOINT_REFUSED;
    const body = encrypted(endpoint.host.endsWith(APPLE) ? texts.apple : texts.others, target);
    if (body === undefined) return BAD_KEYS;
    const reply = await post(common, body, target.token, { ...endpoint, deadlineMs });
    return reply.kind === "answer" ? webPushOutcome(reply, now()) : withoutAnswer(reply);
  }

  return {
    name: "webpush",
    concurrency: CONCURRENCY,
    close: services.close,
    async prepare(message): Promise<SendEach> {
      const texts = textsOf(message);
      if (texts.others.length > WEBPUSH_LIMIT_BYTES) return async () => TOO_LARGE;
      const common = webPushHeaders(message);
      return (target, { deadlineMs }) => deliver(common, texts, target, deadlineMs);
    },
  };
}

const APPLE = ".push.apple.com";

/** Only Safari reads the declarative form, which says everything twice: elsewhere, and where it is too long, it is left out. */
function textsOf(message: WebPushMessage): Texts {
  const others = Buffer.from(JSON.stringify(webPushPayload(message)));
  const declared = declarativePayload(message);
  const apple = declared && Buffer.from(JSON.stringify(declared));
  return { others, apple: apple && apple.length <= WEBPUSH_LIMIT_BYTES ? apple : others };
}

const ENDPOINT_REFUSED: Outcome = { kind: "rejected", reason: "endpoint_refused" };
const BAD_KEYS: Outcome = { kind: "rejected", reason: "bad_subscription_keys" };
const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** As one of these, whichever the service knows; what it said first stands where it knows none. */
async function sendAs(
  identities: readonly Vapid[],
  origin: string,
  send: (authorization: string) => Promise<Reply>,
): Promise<{ reply: Reply; by?: Vapid }> {
  let first: Reply | undefined;
  for (const { by, header } of authorizations(identities, origin)) {
    const reply = await send(header);
    if (!isRefused(reply)) return { reply, by };
    first ??= reply;
  }
  return { reply: first! };
}

/** What is left of them when all are refused: new tokens in place of old ones. */
function* authorizations(identities: readonly Vapid[], origin: string) {
  const used = new Map<Vapid, string>();
  for (const by of identities) {
    const header = by.header(origin);
    used.set(by, header);
    yield { by, header };
  }
  for (const [by, refused] of used) {
    const header = by.instead(origin, refused);
    if (header !== undefined) yield { by, header };
  }
}

/** Services spell another key and an expired token differently; what all share is the status. */
const isRefused = (reply: Reply): boolean =>
  reply.kind === "answer" && (reply.status === 403 || reply.status === 401);

function remember(endpoints: Set<string>, endpoint: string, isPrevious: boolean): void {
  if (endpoints.size >= MAX_REMEMBERED) endpoints.clear();
  if (isPrevious) endpoints.add(endpoint);
  else endpoints.delete(endpoint);
}

function requestHeaders(common: readonly string[], { host, path }: Place, authorization: string): string[] {
  return [
    ...[":method", "POST", ":scheme", "https", ":authority", host, ":path", path],
    ...["authorization", authorization],
    ...common,
  ];
}

function encrypted(plaintext: Buffer, { keys }: Target): Buffer | undefined {
  if (keys === undefined) return undefined;
  const subscriber: Subscriber = {
    p256dh: Buffer.from(keys.p256dh, "base64url"),
    auth: Buffer.from(keys.auth, "base64url"),
  };
  if (subscriber.auth.length !== 16) return undefined;
  try {
    return encrypt(plaintext, subscriber);
  } catch {
    return undefined; // not a point of the curve: node has no other way to say so
  }
}
