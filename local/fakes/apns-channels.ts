import { randomBytes } from "node:crypto";
import { fitsPayload } from "./apns-push-types.ts";
import type { FakeRequest } from "./secure-server.ts";

type Refusal = { status: number; reason: string };
type Good = { status: number; headers?: Record<string, string>; body?: object };
/** What Apple answers to a request about channels, or on one. */
export type ChannelAnswer = Refusal | Good;

export type Channels = {
  /** Ids of an app's channels in an environment. */
  ids(bundleId: string, environment: "production" | "sandbox"): string[];
  /** Takes the broadcast capability off an app's identifier. */
  withhold(bundleId: string): void;
  manage(request: FakeRequest, bundleId: string): ChannelAnswer;
  broadcast(request: FakeRequest, bundleId: string): ChannelAnswer;
};

const MOST_CHANNELS = 10_000;
const LIMIT_BYTES = 5_120;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const bad = (reason: string): Refusal => ({ status: 400, reason });

/** The app that a request for channels or on one is about; undefined for every other path. */
export function channelPath({
  path,
  host,
}: FakeRequest): { what: "manage" | "broadcast"; bundleId: string } | undefined {
  const managing = host.startsWith("api-manage-broadcast.");
  const [, bundleId] =
    (managing
      ? /^\/1\/apps\/([^/]+)\/(?:all-)?channels$/.exec(path)
      : /^\/4\/broadcasts\/apps\/([^/]+)$/.exec(path)) ?? [];
  return bundleId === undefined ? undefined : { what: managing ? "manage" : "broadcast", bundleId };
}

const environmentOf = ({ host }: FakeRequest): string =>
  /\.sandbox\./.test(host) ? "sandbox" : "production";

/** Channels as Apple keeps them: an environment's own, with ids of Apple's making. */
export function fakeChannels(): Channels {
  const stores = new Map<string, Map<string, 0 | 1>>();
  const withheld = new Set<string>();
  const storeOf = (bundleId: string, environment: string): Map<string, 0 | 1> => {
    const key = `${environment}#${bundleId}`;
    const known = stores.get(key) ?? new Map<string, 0 | 1>();
    stores.set(key, known);
    return known;
  };
  /** The policy of the channel that the request names. */
  const named = (store: Map<string, 0 | 1>, { headers }: FakeRequest): 0 | 1 | Refusal => {
    const id = headers["apns-channel-id"];
    if (!id) return bad("MissingChannelId");
    if (!BASE64.test(id) || id.length > 256) return bad("BadChannelId");
    return store.get(id) ?? bad("ChannelNotRegistered");
  };

  return {
    ids: (bundleId, environment) => [...storeOf(bundleId, environment).keys()],
    withhold: (bundleId) => void withheld.add(bundleId),
    manage(request, bundleId) {
      if (withheld.has(bundleId)) return bad("FeatureNotEnabled");
      const store = storeOf(bundleId, environmentOf(request));
      const all = request.path.endsWith("/all-channels");
      if (all && request.method !== "GET") return { status: 405, reason: "MethodNotAllowed" };
      if (all) return { status: 200, body: { channels: [...store.keys()] } };
      if (request.method === "POST") return create(store, request);
      const policy = named(store, request);
      if (typeof policy === "object") return policy;
      if (request.method === "GET")
        return { status: 200, body: { "message-storage-policy": policy, "push-type": "LiveActivity" } };
      if (request.method !== "DELETE") return { status: 405, reason: "MethodNotAllowed" };
      store.delete(request.headers["apns-channel-id"]!);
      return { status: 204 };
    },
    broadcast(request, bundleId) {
      if (withheld.has(bundleId)) return bad("FeatureNotEnabled");
      const policy = named(storeOf(bundleId, environmentOf(request)), request);
      return typeof policy === "object" ? policy : judgeBroadcast(request, policy);
    },
  };
}

function create(store: Map<string, 0 | 1>, { body }: FakeRequest): ChannelAnswer {
  const asked = parsed(body);
  if (asked === undefined) return bad("BadRequestPayload");
  const { "message-storage-policy": policy, "push-type": type, ...rest } = asked;
  if ((policy !== 0 && policy !== 1) || Object.keys(rest).length > 0) return bad("BadRequestParams");
  if (type === undefined) return bad("MissingPushType");
  if (type !== "LiveActivity") return bad("InvalidPushType");
  if (store.size >= MOST_CHANNELS) return bad("CannotCreateChannelConfig");
  const id = randomBytes(16).toString("base64");
  store.set(id, policy);
  return { status: 201, headers: { "apns-channel-id": id } };
}

function judgeBroadcast({ method, headers, body }: FakeRequest, policy: 0 | 1): ChannelAnswer {
  if (method !== "POST") return { status: 405, reason: "MethodNotAllowed" };
  const type = headers["apns-push-type"];
  if (!type) return bad("MissingPushType");
  if (type.toLowerCase() !== "liveactivity") return bad("InvalidPushType");
  if (!["10", "5", "1"].includes(headers["apns-priority"] ?? "")) return bad("BadPriority");
  const expiration = headers["apns-expiration"] ?? "";
  if (!/^\d+$/.test(expiration) || (policy === 0 && expiration !== "0")) return bad("BadExpirationDate");
  if (body.length === 0) return bad("PayloadEmpty");
  if (body.length > LIMIT_BYTES) return { status: 413, reason: "PayloadTooLarge" };
  const aps = parsed(body)?.["aps"] as Record<string, unknown> | undefined;
  if (aps === undefined) return bad("PayloadEmpty");
  return fitsPayload("liveactivity", aps) && aps["event"] !== "start"
    ? { status: 200 }
    : bad("BadRequestParams");
}

function parsed(body: Buffer): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>;
  } catch {
    return undefined; // answered as a body that Apple cannot read
  }
}
