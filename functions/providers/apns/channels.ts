import type { ApnsCredentials } from "../../core/credentials/apns.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { ChannelPlace, ChannelStorage } from "../../core/notification/apns-channel.ts";
import { h2Pool, type Pool } from "../transport/pool.ts";
import { type Answer, jsonObject, type Reply, withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken } from "../transport/shared-token.ts";
import type { ApnsOptions } from "./apns.ts";
import { apnsBearer } from "./bearer.ts";
import { apnsOutcome, isExpired } from "./outcome.ts";
import type { ApnsEnvironment } from "./transport.ts";

/** https://developer.apple.com/documentation/usernotifications/sending-channel-management-requests-to-apns */
const HOSTS = {
  production: { host: "api-manage-broadcast.push.apple.com", port: 2196 },
  sandbox: { host: "api-manage-broadcast.sandbox.push.apple.com", port: 2195 },
} as const satisfies Record<ApnsEnvironment, { host: string; port: number }>;

/** Ten thousand ids, whose length Apple leaves open. */
const MOST_BYTES = 2_000_000;

const POLICY: Record<ChannelStorage, 0 | 1> = { none: 0, latest: 1 };

/** What Apple did, or why it did not. */
export type ChannelReply<T> = { done: T } | { failed: Outcome };

export type ApnsChannels = {
  /** Where a request without a place goes. */
  readonly defaults: Required<{ [part in keyof ChannelPlace]: NonNullable<ChannelPlace[part]> }>;
  create(place: ChannelPlace, storage: ChannelStorage, deadlineMs: number): Promise<ChannelReply<string>>;
  list(place: ChannelPlace, deadlineMs: number): Promise<ChannelReply<string[]>>;
  remove(place: ChannelPlace, channel: string, deadlineMs: number): Promise<ChannelReply<undefined>>;
  close(): void;
};

type Asked = { method: string; what: "channels" | "all-channels"; headers?: string[]; body?: object };

/** Apple's management of broadcast channels, with the token that the dispatchers sign with too. */
export function apnsChannels({
  app,
  credentials,
  open,
  tokens,
  now,
}: Omit<ApnsOptions, "unread">): ApnsChannels {
  const pools = new Map<ApnsEnvironment, Pool>();
  const bearer = apnsBearer({ app, credentials, store: tokens, now });
  const poolOf = (environment: ApnsEnvironment): Pool => {
    const pool =
      pools.get(environment) ?? h2Pool({ ...HOSTS[environment], open, maxSessions: 1, expectedStreams: 100 });
    pools.set(environment, pool);
    return pool;
  };

  async function ask(place: ChannelPlace, asked: Asked, deadlineMs: number): Promise<Answer | Outcome> {
    const { environment, bundleId } = { ...defaultsOf(credentials), ...stated(place) };
    const body = Buffer.from(asked.body ? JSON.stringify(asked.body) : "");
    const send = (token: string): Promise<Reply> => {
      const headers = headersOf(asked, { environment, bundleId, bearer: token });
      return poolOf(environment).send({ headers, body, wholeBody: true, mostBytes: MOST_BYTES }, deadlineMs);
    };
    try {
      const token = await inTime(bearer.get(), deadlineMs);
      const reply = await send(token);
      const other =
        reply.kind === "answer" && isExpired(reply) && (await inTime(bearer.insteadOf(token), deadlineMs));
      const last = other ? await send(other) : reply;
      return last.kind === "answer" ? last : withoutAnswer(last);
    } catch (error) {
      return outcomeWithoutToken(error);
    }
  }

  async function answered<T>(
    request: Promise<Answer | Outcome>,
    status: number,
    read: (answer: Answer) => T | undefined,
  ): Promise<ChannelReply<T>> {
    const reply = await request;
    if (reply.kind !== "answer") return { failed: reply };
    if (reply.status !== status) return { failed: apnsOutcome(reply, now()) };
    const done = read(reply);
    return done === undefined ? { failed: { kind: "unknown", reason: "no_outcome" } } : { done };
  }

  return {
    defaults: defaultsOf(credentials),
    create: (place, storage, deadlineMs) => {
      const body = { "message-storage-policy": POLICY[storage], "push-type": "LiveActivity" };
      const request = ask(place, { method: "POST", what: "channels", body }, deadlineMs);
      return answered(request, 201, ({ headers }) => textOf(headers["apns-channel-id"]));
    },
    list: (place, deadlineMs) =>
      answered(ask(place, { method: "GET", what: "all-channels" }, deadlineMs), 200, channelsIn),
    async remove(place, channel, deadlineMs) {
      const headers = ["apns-channel-id", channel];
      const reply = await answered(
        ask(place, { method: "DELETE", what: "channels", headers }, deadlineMs),
        204,
        () => true,
      );
      return "failed" in reply ? reply : { done: undefined };
    },
    close() {
      for (const pool of pools.values()) pool.close();
    },
  };
}

const defaultsOf = ({ bundleId, environment }: ApnsCredentials) => ({ bundleId, environment });

const stated = ({ bundleId, environment }: ChannelPlace) => ({
  ...(bundleId && { bundleId }),
  ...(environment && { environment }),
});

function headersOf(
  { method, what, headers = [], body }: Asked,
  at: { environment: ApnsEnvironment; bundleId: string; bearer: string },
): string[] {
  const { host, port } = HOSTS[at.environment];
  return [
    ...[":method", method, ":scheme", "https", ":authority", `${host}:${port}`],
    ...[":path", `/1/apps/${at.bundleId}/${what}`, "authorization", at.bearer],
    ...headers,
    ...(body ? ["content-type", "application/json"] : []),
  ];
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

function channelsIn({ body }: Answer): string[] | undefined {
  const { channels } = jsonObject(body);
  return Array.isArray(channels) ? channels.filter((id) => typeof id === "string") : undefined;
}
