import { type KeyObject, randomBytes } from "node:crypto";
import type { Fault } from "./faults.ts";
import { fakeTopics, isTopicRequest, type Topics } from "./fcm-topics.ts";
import { holds, readJwt } from "./jwt.ts";
import { createLog, type Received } from "./received.ts";
import { type FakeAnswer, type FakeOptions, type FakeRequest, startSecureServer } from "./secure-server.ts";

export type FcmTrust = { projectId: string; clientEmail: string; publicKey: KeyObject };

export type FakeFcm = {
  received: Received[];
  latencyMs: number;
  /** How many access tokens were asked for. */
  tokensIssued(): number;
  /** Forgets the access tokens it has handed out: they have expired before their time. */
  expireTokens(): void;
  topics: Topics;
  trust(trust: FcmTrust): void;
  port: number;
  close(): Promise<void>;
};

const TOKEN_LIFE_S = 3_599;
const LIMIT_BYTES = 4_096;
const TOPIC_LIMIT_BYTES = 2_048;
const SCOPE = "https://www.googleapis.com/auth/firebase.messaging";
const RESERVED = /^(from|message_type|gcm.*|google.*)$/i;

type Refusal = { status: number; code: string; message: string; errorCode?: string };
type State = {
  trusted: FcmTrust[];
  tokens: Map<string, { projectId: string; expiresAtS: number }>;
  issued: number;
  topics: Topics;
  now(): number;
};

/** FCM v1, its topics and the token endpoint of Google's OAuth, on one server as far as clients can tell. */
export async function startFakeFcm(
  options: Pick<FakeOptions, "certificates" | "faults"> & { now(): number },
): Promise<FakeFcm> {
  const log = createLog();
  const state: State = { trusted: [], tokens: new Map(), issued: 0, topics: fakeTopics(), now: options.now };
  const fake = { latencyMs: 0 };
  const isOauth = ({ path }: FakeRequest) => path === "/token";
  const server = await startSecureServer({
    ...options,
    name: "fcm",
    maxConcurrentStreams: 100,
    tokenOf: (request) => (isOauth(request) ? undefined : targetOf(request)),
    latencyMs: () => fake.latencyMs,
    answer: (request, fault) => {
      if (isOauth(request)) return grant(state, request);
      if (isTopicRequest(request)) return manageTopic(state, request, fault);
      const refusal = refusalOf(fault) ?? judge(state, request);
      const status = refusal?.status ?? 200;
      if (isDryRun(request)) return reply(request, refusal, fault);
      const reached = refusal ? undefined : reachedBy(state, request);
      log.add({
        atMs: options.now(),
        token: targetOf(request),
        headers: request.headers,
        payload: parsed(request.body),
        status,
        ...(refusal && { reason: refusal.errorCode ?? refusal.code }),
        ...(reached && { reached }),
      });
      return reply(request, refusal, fault);
    },
  });
  return Object.assign(fake, {
    received: log.entries,
    tokensIssued: () => state.issued,
    expireTokens: () => state.tokens.clear(),
    topics: state.topics,
    trust: (trust: FcmTrust) => {
      state.trusted = [
        ...state.trusted.filter(({ clientEmail }) => clientEmail !== trust.clientEmail),
        trust,
      ];
    },
    port: server.port,
    close: server.close,
  });
}

function manageTopic(state: State, request: FakeRequest, fault: Fault | undefined): FakeAnswer {
  const refusal = refusalOf(fault);
  if (refusal) return reply(request, refusal, fault);
  const project = projectOf(state, request);
  return project === undefined
    ? { status: 401, body: JSON.stringify({ error: "Unauthorized" }) }
    : state.topics.manage(project, request);
}

/** Who gets a message to a topic or condition; nothing for one to a token. */
function reachedBy(state: State, request: FakeRequest): string[] | undefined {
  const message = messageOf(request);
  if (message?.topic === undefined && message?.condition === undefined) return undefined;
  const reached = state.topics.reached(projectOf(state, request) ?? "", message);
  return typeof reached === "string" ? undefined : reached;
}

/** The project of the access token that a request carries, while it lives. */
function projectOf(state: State, { headers }: FakeRequest): string | undefined {
  const bearer = /^Bearer (.+)$/i.exec(headers["authorization"] ?? "")?.[1];
  const token = bearer === undefined ? undefined : state.tokens.get(bearer);
  return token === undefined || token.expiresAtS < state.now() / 1000 ? undefined : token.projectId;
}

function reply(request: FakeRequest, refusal: Refusal | undefined, fault: Fault | undefined): FakeAnswer {
  const headers: Record<string, string> = { "content-type": "application/json; charset=UTF-8" };
  if (fault?.retryAfterS !== undefined) headers["retry-after"] = String(fault.retryAfterS);
  if (refusal === undefined) {
    const project = /^\/v1\/projects\/([^/]+)\//.exec(request.path)?.[1];
    return {
      status: 200,
      headers,
      body: JSON.stringify({ name: `projects/${project}/messages/0:${randomBytes(8).toString("hex")}` }),
    };
  }
  const { status, code, message, errorCode } = refusal;
  const details = errorCode
    ? [{ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", errorCode }]
    : [];
  return {
    status,
    headers,
    body: JSON.stringify({ error: { code: status, message, status: code, details } }),
  };
}

const FAULTS: Record<number, [code: string, errorCode: string]> = {
  400: ["INVALID_ARGUMENT", "INVALID_ARGUMENT"],
  401: ["UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"],
  403: ["PERMISSION_DENIED", "SENDER_ID_MISMATCH"],
  404: ["NOT_FOUND", "UNREGISTERED"],
  429: ["RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"],
  500: ["INTERNAL", "INTERNAL"],
  503: ["UNAVAILABLE", "UNAVAILABLE"],
};

function refusalOf(fault: Fault | undefined): Refusal | undefined {
  if (fault?.status === undefined || fault.status === 200) return undefined;
  const [code, errorCode] = FAULTS[fault.status] ?? ["UNKNOWN", "UNSPECIFIED_ERROR"];
  // Google's general codes come without FCM's own in the details.
  if (fault.reason === code && errorCode !== code) return { status: fault.status, code, message: "as told" };
  return { status: fault.status, code, message: "as told", errorCode: fault.reason ?? errorCode };
}

/** RFC 7523 grant: an RS256 assertion for the messaging scope. */
function grant(state: State, { body }: FakeRequest): FakeAnswer {
  const form = new URLSearchParams(body.toString());
  const refuse = (error: string, description: string): FakeAnswer => ({
    status: 400,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ error, error_description: description }),
  });
  if (form.get("grant_type") !== "urn:ietf:params:oauth:grant-type:jwt-bearer")
    return refuse("unsupported_grant_type", "grant_type");
  const jwt = readJwt(form.get("assertion") ?? "");
  const trust = state.trusted.find(({ clientEmail }) => clientEmail === jwt?.claims["iss"]);
  if (!jwt || !trust || jwt.header["alg"] !== "RS256" || !holds(jwt, trust.publicKey))
    return refuse("invalid_grant", "Invalid JWT Signature.");
  const { aud, iat, exp, scope } = jwt.claims as Record<string, unknown>;
  const nowS = state.now() / 1000;
  const lifeS = Number(exp) - Number(iat);
  if (aud !== "https://oauth2.googleapis.com/token") return refuse("invalid_grant", "Invalid audience.");
  if (!(lifeS > 0 && lifeS <= 3_600) || Number(iat) > nowS + 300 || Number(exp) < nowS - 300) {
    return refuse("invalid_grant", "Invalid JWT: iat and exp must be in a reasonable timeframe.");
  }
  if (!String(scope).split(" ").includes(SCOPE)) return refuse("invalid_scope", "scope");
  const token = `ya29.${randomBytes(40).toString("base64url")}`;
  state.issued++;
  state.tokens.set(token, { projectId: trust.projectId, expiresAtS: nowS + TOKEN_LIFE_S });
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ access_token: token, expires_in: TOKEN_LIFE_S, token_type: "Bearer" }),
  };
}

type FcmMessage = {
  token?: string;
  fid?: string;
  topic?: string;
  condition?: string;
  data?: Record<string, unknown>;
  android?: { ttl?: string; priority?: string };
  apns?: unknown;
  webpush?: unknown;
  [other: string]: unknown;
};

/** https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages */
const FIELDS = new Set([
  ...["token", "fid", "topic", "condition", "name", "notification", "data", "fcm_options"],
  ...["android", "apns", "webpush"],
]);
const BLOCK_FIELDS: Record<string, ReadonlySet<string>> = {
  apns: new Set(["headers", "payload", "fcm_options", "live_activity_token"]),
  webpush: new Set(["headers", "data", "notification", "fcm_options"]),
};

const messageOf = ({ body }: FakeRequest): FcmMessage | undefined =>
  (parsed(body) as { message?: FcmMessage } | undefined)?.message;
/** Judged and not sent: it reaches nobody and is not kept. */
const isDryRun = ({ body }: FakeRequest): boolean =>
  (parsed(body) as { validate_only?: unknown } | undefined)?.validate_only === true;
const topicOf = (request: FakeRequest): string =>
  String((parsed(request.body) as { to?: unknown } | undefined)?.to ?? "");
const targetOf = (request: FakeRequest): string => {
  const message = messageOf(request);
  return message?.token ?? message?.fid ?? message?.topic ?? message?.condition ?? topicOf(request);
};

function judge(state: State, request: FakeRequest): Refusal | undefined {
  const project = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(request.path)?.[1];
  if (project === undefined || request.method !== "POST")
    return { status: 404, code: "NOT_FOUND", message: "no such method" };
  const known = projectOf(state, request);
  if (known === undefined) {
    return {
      status: 401,
      code: "UNAUTHENTICATED",
      message: "Request had invalid authentication credentials.",
    };
  }
  if (known !== project)
    return { status: 403, code: "PERMISSION_DENIED", message: "The caller does not have permission." };
  const message = messageOf(request);
  return judgeMessage(message, request.body.length) ?? judgeTopic(state.topics, project, message);
}

const bad = (text: string): Refusal => ({
  status: 400,
  code: "INVALID_ARGUMENT",
  message: text,
  errorCode: "INVALID_ARGUMENT",
});

function judgeTopic(topics: Topics, project: string, message: FcmMessage | undefined): Refusal | undefined {
  if (message?.topic === undefined && message?.condition === undefined) return undefined;
  const { topic: _topic, condition: _condition, ...payload } = message;
  if (Buffer.byteLength(JSON.stringify(payload)) > TOPIC_LIMIT_BYTES) return bad("Topic message is too big");
  const reached = topics.reached(project, message);
  return typeof reached === "string" ? bad(reached) : undefined;
}

function judgeMessage(message: FcmMessage | undefined, bytes: number): Refusal | undefined {
  if (message === undefined) return bad("message is missing");
  const { token, fid, topic, condition, data = {}, android = {} } = message;
  if ([token, fid, topic, condition].filter((target) => target !== undefined).length !== 1)
    return bad("exactly one of token, fid, topic or condition");
  if (token !== undefined && token.length < 20)
    return bad("The registration token is not a valid FCM registration token");
  const field = badField(message);
  if (field !== undefined) return bad(field);
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== "string") return bad(`data.${key} is not a string`);
    if (RESERVED.test(key)) return bad(`Invalid data payload key: ${key}`);
  }
  if (android.ttl !== undefined && !/^\d+(\.\d{1,9})?s$/.test(android.ttl)) return bad("android.ttl");
  if (android.priority !== undefined && !["HIGH", "NORMAL", "high", "normal"].includes(android.priority))
    return bad("android.priority");
  if (bytes > LIMIT_BYTES + 1_024) return bad("Android message is too big");
  return undefined;
}

function badField(message: FcmMessage): string | undefined {
  const stranger = Object.keys(message).find((name) => !FIELDS.has(name));
  if (stranger !== undefined) return `Unknown name "${stranger}" at 'message': Cannot find field.`;
  for (const [name, fields] of Object.entries(BLOCK_FIELDS)) {
    const block = message[name] ?? {};
    if (typeof block !== "object" || Array.isArray(block)) return `Invalid value at 'message.${name}'`;
    const unknown = Object.keys(block).find((field) => !fields.has(field));
    if (unknown !== undefined) return `Unknown name "${unknown}" at 'message.${name}': Cannot find field.`;
    const headers = Object.values((block as { headers?: object }).headers ?? {});
    if (headers.some((value) => typeof value !== "string"))
      return `Invalid value at 'message.${name}.headers'`;
  }
  return undefined;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined; // answered as a missing message
  }
}
