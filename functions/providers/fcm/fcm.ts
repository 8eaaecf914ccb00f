import type { FcmCredentials } from "../../core/credentials/fcm.ts";
import { type Outcome, ofFanOut } from "../../core/dispatch/outcome.ts";
import type { Provider, SendEach, Target } from "../../core/dispatch/provider.ts";
import type { ProviderQuota } from "../../core/dispatch/quota.ts";
import { type Answer, type OpenSocket, withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken, type TokenStore } from "../transport/shared-token.ts";
import { accessToken } from "./access-token.ts";
import { fcmOutcome } from "./outcome.ts";
import {
  bodyMaker,
  FCM_LIMIT_BYTES,
  FCM_TOPIC_LIMIT_BYTES,
  fanOutPayload,
  fcmPayload,
  type TargetField,
} from "./payload.ts";
import { FCM_HOST, fcmPool } from "./transport.ts";

const CONCURRENCY = 500;
/** 600,000 for a project in any minute, which touches thirteen of these windows at most: 598,000. */
const QUOTA: ProviderQuota = { sends: 46_000, windowMs: 5_000, of: "app" };

export type FcmOptions = {
  app: string;
  credentials: FcmCredentials;
  open: OpenSocket;
  tokens: TokenStore;
  now(): number;
};

/** Judged as if it were sent. Everybody may send to a topic, which needs no token. */
const TRIAL = Buffer.from(JSON.stringify({ validate_only: true, message: { topic: "clarion-dry-run" } }));

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };

/** Firebase Cloud Messaging, HTTP v1, over a pool of kept HTTP/2 sessions. */
export function fcmProvider(options: FcmOptions): Provider<SendEach> & { close(): void } {
  const { app, credentials, open, tokens, now } = options;
  const pool = fcmPool(open);
  const access = accessToken({ app, credentials, open, store: tokens, now });
  const prefix = [
    ...[":method", "POST", ":scheme", "https", ":authority", FCM_HOST],
    ...[":path", `/v1/projects/${credentials.project_id}/messages:send`, "content-type", "application/json"],
  ];

  async function deliver(common: readonly string[], body: Buffer, deadlineMs: number): Promise<Outcome> {
    const send = (token: string) =>
      pool.send({ headers: [...common, "authorization", token], body }, deadlineMs);
    try {
      const token = access.current() ?? (await inTime(access.get(), deadlineMs));
      const reply = await send(token);
      if (reply.kind !== "answer") return withoutAnswer(reply);
      const outcome = fcmOutcome(reply, now());
      if (!isRefusedToken(reply, outcome)) return outcome;
      const other = await inTime(access.insteadOf(token), deadlineMs);
      const second = other === undefined ? reply : await send(other);
      return second.kind === "answer" ? fcmOutcome(second, now()) : withoutAnswer(second);
    } catch (error) {
      return outcomeWithoutToken(error);
    }
  }

  return {
    name: "fcm",
    concurrency: CONCURRENCY,
    quota: async () => QUOTA,
    trial: (deadlineMs) => deliver(prefix, TRIAL, deadlineMs),
    close() {
      pool.close();
      access.close();
    },
    async prepare(message): Promise<SendEach> {
      const payload = JSON.stringify(fcmPayload(message));
      if (Buffer.byteLength(payload) > FCM_LIMIT_BYTES) return async () => TOO_LARGE;
      const bodyFor = bodyMaker(payload);
      const common = message.traceparent ? [...prefix, "traceparent", message.traceparent] : prefix;
      return (target, { deadlineMs }) => {
        const field = fieldOf(target);
        if (field === "token" || field === "fid")
          return deliver(common, bodyFor(field, target.token), deadlineMs);
        // The only target of its job.
        const toAll = JSON.stringify(fanOutPayload(message));
        if (Buffer.byteLength(toAll) > FCM_TOPIC_LIMIT_BYTES) return Promise.resolve(TOO_LARGE);
        return deliver(common, bodyMaker(toAll)(field, target.token), deadlineMs).then(ofFanOut);
      };
    },
  };
}

const FIELDS: Partial<Record<Target["kind"], TargetField>> = {
  fcmFid: "fid",
  fcmTopic: "topic",
  fcmCondition: "condition",
};
const fieldOf = ({ kind }: Target): TargetField => FIELDS[kind] ?? "token";

/** 401 is also FCM's answer to a wrong APNs key kept at Firebase, which no new token mends. */
const isRefusedToken = ({ status }: Answer, { reason }: Outcome): boolean =>
  status === 401 && reason !== "THIRD_PARTY_AUTH_ERROR";
