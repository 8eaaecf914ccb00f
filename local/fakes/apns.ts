import { type KeyObject, randomUUID } from "node:crypto";
import { type ChannelAnswer, type Channels, channelPath, fakeChannels } from "./apns-channels.ts";
import {
  bundleIdOf,
  fitsExpiration,
  fitsPayload,
  fitsPriority,
  fitsTopic,
  isPushType,
  limitOf,
  type Purpose,
  purposeOf,
} from "./apns-push-types.ts";
import type { Fault } from "./faults.ts";
import { holds, readJwt } from "./jwt.ts";
import { createLog, type Received } from "./received.ts";
import {
  type FakeAnswer,
  type FakeOptions,
  type FakeRequest,
  type SecureServer,
  startSecureServer,
} from "./secure-server.ts";

export type ApnsTrust = { teamId: string; keyId: string; publicKey: KeyObject; bundleIds: string[] };

export type FakeApns = {
  received: Received[];
  latencyMs: number;
  trust(trust: ApnsTrust): void;
  /** A token that belongs to the sandbox; all others are production's. */
  sandbox(token: string): void;
  /** A token that another framework than UserNotifications handed out; all others take what they are sent. */
  madeFor(token: string, purpose: Purpose): void;
  /** Broadcast channels, and what their management leaves of them. */
  channels: Channels;
  /** Provider tokens that were signed before this second have expired before their time. */
  expireTokens(): void;
  port: number;
  close(): Promise<void>;
};

const HOUR_S = 3_600;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

type Refusal = { status: number; reason: string; sinceMs?: number };
type State = {
  trusted: ApnsTrust[];
  sandboxTokens: Set<string>;
  purposes: Map<string, Purpose>;
  tokensOfSession: WeakMap<object, { last: string; changedAtS: number }>;
  expiredAtS: number;
  channels: Channels;
  now(): number;
};

/** APNs as its providers see it: judges headers, token, topic, JWT and payload as the real one does. */
export async function startFakeApns(
  options: Pick<FakeOptions, "certificates" | "faults"> & { now(): number },
): Promise<FakeApns> {
  const log = createLog();
  const state: State = {
    trusted: [],
    sandboxTokens: new Set(),
    purposes: new Map(),
    tokensOfSession: new WeakMap(),
    expiredAtS: 0,
    channels: fakeChannels(),
    now: options.now,
  };
  const fake = { latencyMs: 0 };
  const server: SecureServer = await startSecureServer({
    ...options,
    name: "apns",
    maxConcurrentStreams: 1_000,
    tokenOf: targetOf,
    latencyMs: () => fake.latencyMs,
    answer: (request, fault) => {
      const aboutChannel = channelPath(request) && judgeChannel(state, request);
      const told = refusalOf(fault) ?? aboutChannel ?? judge(state, request) ?? noDevice(request);
      const refusal = told && "reason" in told ? told : undefined;
      const id = request.headers["apns-id"] ?? randomUUID();
      const status = told?.status ?? 200;
      if (channelPath(request)?.what === "manage") return replyOnChannel(told ?? { status: 200 }, request);
      if (noDevice(request)) return reply(status, id, refusal, fault);
      log.add({
        atMs: options.now(),
        token: targetOf(request),
        headers: request.headers,
        payload: parsed(request.body),
        status,
        ...(refusal && { reason: refusal.reason }),
      });
      return reply(status, id, refusal, fault);
    },
  });
  return Object.assign(fake, {
    received: log.entries,
    trust: (trust: ApnsTrust) => {
      state.trusted = [
        ...state.trusted.filter(({ keyId, teamId }) => keyId !== trust.keyId || teamId !== trust.teamId),
        trust,
      ];
    },
    sandbox: (token: string) => void state.sandboxTokens.add(token),
    madeFor: (token: string, purpose: Purpose) => void state.purposes.set(token, purpose),
    channels: state.channels,
    expireTokens() {
      state.expiredAtS = Math.floor(options.now() / 1000);
    },
    port: server.port,
    close: server.close,
  });
}

/** No device has this token; who sends to it tries credentials, which reaches nobody and is not kept. */
const noDevice = ({ path }: FakeRequest): Refusal | undefined =>
  /^\/3\/device\/0+$/.test(path) ? { status: 400, reason: "BadDeviceToken" } : undefined;

/** A device's token, or the channel that is sent to or asked about. */
const targetOf = ({ path, headers }: FakeRequest): string =>
  headers["apns-channel-id"] ?? path.split("/").at(-1) ?? "";

function judgeChannel(state: State, request: FakeRequest): ChannelAnswer {
  const { what, bundleId } = channelPath(request)!;
  const refusal = judgeToken(state, request, bundleId);
  if (refusal)
    return refusal.reason === "TopicDisallowed" ? { status: 403, reason: "TopicMismatch" } : refusal;
  return state.channels[what](request, bundleId);
}

function replyOnChannel(told: ChannelAnswer, { headers }: FakeRequest): FakeAnswer {
  const id = { "apns-request-id": headers["apns-request-id"] ?? randomUUID() };
  if ("reason" in told)
    return { status: told.status, headers: id, body: JSON.stringify({ reason: told.reason }) };
  return {
    status: told.status,
    headers: { ...id, ...told.headers },
    ...(told.body && { body: JSON.stringify(told.body) }),
  };
}

function reply(
  status: number,
  id: string,
  refusal: Refusal | undefined,
  fault: Fault | undefined,
): FakeAnswer {
  const headers: Record<string, string> = { "apns-id": id };
  if (fault?.retryAfterS !== undefined) headers["retry-after"] = String(fault.retryAfterS);
  if (refusal === undefined) return { status, headers };
  const body = { reason: refusal.reason, ...(status === 410 && { timestamp: refusal.sinceMs ?? 0 }) };
  return { status, headers, body: JSON.stringify(body) };
}

const refusalOf = (fault: Fault | undefined): Refusal | undefined =>
  fault?.status === undefined || fault.status === 200
    ? undefined
    : {
        status: fault.status,
        reason: fault.reason ?? DEFAULT_REASONS[fault.status] ?? "InternalServerError",
        sinceMs: fault.sinceMs ?? Date.now(),
      };

const DEFAULT_REASONS: Record<number, string> = {
  400: "BadDeviceToken",
  403: "InvalidProviderToken",
  410: "Unregistered",
  413: "PayloadTooLarge",
  429: "TooManyRequests",
  500: "InternalServerError",
  503: "ServiceUnavailable",
};

function judge(state: State, request: FakeRequest): Refusal | undefined {
  const { headers } = request;
  if (request.method !== "POST") return { status: 405, reason: "MethodNotAllowed" };
  const [, device, token = ""] = /^\/3\/(device)\/(.+)$/.exec(request.path) ?? [];
  if (device === undefined) return { status: 404, reason: "BadPath" };
  return (
    judgeToken(state, request) ??
    judgeHeaders(headers) ??
    judgeDevice(state, request, token) ??
    judgePayload(request)
  );
}

function judgeToken(
  state: State,
  { headers, session }: FakeRequest,
  bundleId = bundleIdOf(headers["apns-topic"] ?? ""),
): Refusal | undefined {
  const bearer = /^bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1];
  if (bearer === undefined) return { status: 403, reason: "MissingProviderToken" };
  const jwt = readJwt(bearer);
  const trust = state.trusted.find(
    ({ keyId, teamId }) => keyId === jwt?.header["kid"] && teamId === jwt?.claims["iss"],
  );
  if (
    jwt === undefined ||
    trust === undefined ||
    jwt.header["alg"] !== "ES256" ||
    !holds(jwt, trust.publicKey)
  ) {
    return { status: 403, reason: "InvalidProviderToken" };
  }
  const iat = Number(jwt.claims["iat"]);
  const ageS = state.now() / 1000 - iat;
  if (ageS > HOUR_S || ageS < -300 || iat < state.expiredAtS)
    return { status: 403, reason: "ExpiredProviderToken" };
  if (!trust.bundleIds.includes(bundleId)) return { status: 400, reason: "TopicDisallowed" };
  return tooManyTokens(state, session, bearer);
}

/** More than one new token in 20 minutes on a connection. */
function tooManyTokens(state: State, session: object, bearer: string): Refusal | undefined {
  const nowS = state.now() / 1000;
  const known = state.tokensOfSession.get(session);
  if (known?.last === bearer) return undefined;
  if (known && nowS - known.changedAtS < 1_200) return { status: 429, reason: "TooManyProviderTokenUpdates" };
  state.tokensOfSession.set(session, { last: bearer, changedAtS: known ? nowS : Number.NEGATIVE_INFINITY });
  return undefined;
}

function judgeHeaders(headers: Record<string, string>): Refusal | undefined {
  const bad = (reason: string) => ({ status: 400, reason });
  if (!headers["apns-topic"]) return bad("MissingTopic");
  const type = headers["apns-push-type"] ?? "";
  const priority = headers["apns-priority"] ?? "10";
  if (!isPushType(type)) return bad("InvalidPushType");
  if (!fitsTopic(type, headers["apns-topic"])) return bad("BadTopic");
  if (!["10", "5", "1"].includes(priority)) return bad("BadPriority");
  if (!fitsPriority(type, priority)) return bad("BadPriority");
  if (headers["apns-id"] !== undefined && !UUID.test(headers["apns-id"])) return bad("BadMessageId");
  if (Buffer.byteLength(headers["apns-collapse-id"] ?? "") > 64) return bad("BadCollapseId");
  if (!fitsExpiration(type, headers["apns-expiration"] ?? "")) return bad("BadExpirationDate");
  return undefined;
}

function judgeDevice(state: State, { host, headers }: FakeRequest, token: string): Refusal | undefined {
  if (!/^[0-9a-f]{32,512}$/i.test(token)) return { status: 400, reason: "BadDeviceToken" };
  const sandboxHost = host.startsWith("api.sandbox.");
  if (state.sandboxTokens.has(token) !== sandboxHost) return { status: 400, reason: "BadDeviceToken" };
  const purpose = state.purposes.get(token);
  return purpose === undefined || purpose === purposeOf(headers["apns-push-type"] ?? "")
    ? undefined
    : { status: 400, reason: "DeviceTokenNotForTopic" };
}

function judgePayload({ headers, body }: FakeRequest): Refusal | undefined {
  if (body.length === 0) return { status: 400, reason: "PayloadEmpty" };
  const type = headers["apns-push-type"] ?? "";
  if (body.length > limitOf(type)) return { status: 413, reason: "PayloadTooLarge" };
  const payload = parsed(body) as { aps?: Record<string, unknown> } | undefined;
  if (payload?.aps === undefined) return { status: 400, reason: "PayloadEmpty" };
  // What does not fit its push type is delayed or dropped by the real one; here it is an error at once.
  return fitsPayload(type, payload.aps) ? undefined : { status: 400, reason: "InvalidPushType" };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined; // judged as an empty payload
  }
}
