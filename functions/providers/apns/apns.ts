import type { ApnsCredentials } from "../../core/credentials/apns.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendCall, SendEach, Target } from "../../core/dispatch/provider.ts";
import { type Answer, jsonObject, type OpenSocket, type Reply, withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken, type TokenStore } from "../transport/shared-token.ts";
import { apnsBearer } from "./bearer.ts";
import { apnsOutcome } from "./outcome.ts";
import { apnsHeaders, apnsPayload, apnsPushType, MOST_UNREAD, targetHeaders } from "./payload.ts";
import { PUSH_TYPES } from "./push-type.ts";
import { APNS_HOSTS, apnsPools } from "./transport.ts";

const CONCURRENCY = 500;
const HEX = /^[0-9a-fA-F]+$/;

export type ApnsOptions = {
  app: string;
  credentials: ApnsCredentials;
  open: OpenSocket;
  tokens: TokenStore;
  now(): number;
  /** What a person has not acknowledged, this message among it; undefined when it cannot be told now. */
  unread(message: Message, user: string): Promise<number | undefined>;
};

/** Apple Push Notification service over kept HTTP/2 sessions, with a token that all environments share. */
export function apnsProvider(options: ApnsOptions): Provider<SendEach> & { close(): void } {
  const { credentials, now } = options;
  const pools = apnsPools(options.open);
  const bearer = apnsBearer({ app: options.app, credentials, store: options.tokens, now });

  /** One async function from target to outcome: every further promise would cost as much as an outcome. */
  async function deliver(
    { common, body, suffix }: Prepared,
    target: Target,
    { deadlineMs }: SendCall,
  ): Promise<Outcome> {
    if (!HEX.test(target.token)) return BAD_TOKEN;
    const environment = target.environment ?? credentials.environment;
    const [host, pool] = [APNS_HOSTS[environment], pools.of(environment)];
    const topic = (target.bundleId ?? credentials.bundleId) + suffix;
    const send = (token: string): Promise<Reply> =>
      pool.send({ headers: targetHeaders(common, target, { host, topic, bearer: token }), body }, deadlineMs);
    try {
      const token = bearer.current() ?? (await inTime(bearer.get(), deadlineMs));
      const reply = await send(token);
      if (reply.kind !== "answer") return withoutAnswer(reply);
      if (!isExpired(reply)) return apnsOutcome(reply, now());
      const other = await inTime(bearer.insteadOf(token), deadlineMs);
      const second = other === undefined ? reply : await send(other);
      return second.kind === "answer" ? apnsOutcome(second, now()) : withoutAnswer(second);
    } catch (error) {
      return outcomeWithoutToken(error);
    }
  }

  async function deliverCounted(
    prepared: Prepared,
    message: Message,
    target: Target,
    call: SendCall,
  ): Promise<Outcome> {
    try {
      const unread = await inTime(options.unread(message, target.user), call.deadlineMs);
      return await deliver({ ...prepared, body: serialised(apnsPayload(message, unread)) }, target, call);
    } catch (error) {
      return outcomeWithoutToken(error);
    }
  }

  return {
    name: "apns",
    concurrency: CONCURRENCY,
    close: pools.close,
    async prepare(message): Promise<SendEach> {
      const payload = apnsPayload(message, MOST_UNREAD);
      const body = serialised(payload);
      const { suffix, limitBytes } = PUSH_TYPES[apnsPushType(message, payload)];
      if (body.length > limitBytes) return async () => TOO_LARGE;
      const prepared: Prepared = { body, suffix, common: apnsHeaders(message, payload, now()) };
      return message.content.apple?.badge === "unread"
        ? (target, call) => deliverCounted(prepared, message, target, call)
        : (target, call) => deliver(prepared, target, call);
    },
  };
}

type Prepared = { common: readonly string[]; body: Buffer; suffix: string };

const serialised = (payload: object): Buffer => Buffer.from(JSON.stringify(payload));

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const BAD_TOKEN: Outcome = { kind: "gone", reason: "BadDeviceToken", tokenSuspect: true };

const isExpired = ({ status, body }: Answer): boolean =>
  status === 403 && jsonObject(body)["reason"] === "ExpiredProviderToken";
