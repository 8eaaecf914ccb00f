import type { ApnsCredentials } from "../../core/credentials/apns.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { Provider, SendCall, SendEach, Target } from "../../core/dispatch/provider.ts";
import { type Answer, jsonObject, type OpenSocket, type Reply, withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken, type TokenStore } from "../transport/shared-token.ts";
import { apnsBearer } from "./bearer.ts";
import { apnsOutcome } from "./outcome.ts";
import { APNS_LIMIT_BYTES, apnsHeaders, apnsPayload, targetHeaders } from "./payload.ts";
import { APNS_HOSTS, apnsPools } from "./transport.ts";

const CONCURRENCY = 500;
const HEX = /^[0-9a-fA-F]+$/;

export type ApnsOptions = {
  app: string;
  credentials: ApnsCredentials;
  open: OpenSocket;
  tokens: TokenStore;
  now(): number;
};

/** Apple Push Notification service over kept HTTP/2 sessions, with a token that all environments share. */
export function apnsProvider(options: ApnsOptions): Provider<SendEach> & { close(): void } {
  const { credentials, now } = options;
  const pools = apnsPools(options.open);
  const bearer = apnsBearer({ app: options.app, credentials, store: options.tokens, now });

  /** One async function from target to outcome: every further promise would cost as much as an outcome. */
  async function deliver(
    { common, body }: Prepared,
    target: Target,
    { deadlineMs }: SendCall,
  ): Promise<Outcome> {
    if (!HEX.test(target.token)) return BAD_TOKEN;
    const environment = target.environment ?? credentials.environment;
    const [host, pool] = [APNS_HOSTS[environment], pools.of(environment)];
    const topic = target.bundleId ?? credentials.bundleId;
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

  return {
    name: "apns",
    concurrency: CONCURRENCY,
    close: pools.close,
    async prepare(message): Promise<SendEach> {
      const payload = apnsPayload(message);
      const body = Buffer.from(JSON.stringify(payload));
      if (body.length > APNS_LIMIT_BYTES) return async () => TOO_LARGE;
      const prepared = { body, common: apnsHeaders(message, payload, now()) };
      return (target, call) => deliver(prepared, target, call);
    },
  };
}

type Prepared = { common: readonly string[]; body: Buffer };

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const BAD_TOKEN: Outcome = { kind: "gone", reason: "BadDeviceToken", tokenSuspect: true };

const isExpired = ({ status, body }: Answer): boolean =>
  status === 403 && jsonObject(body)["reason"] === "ExpiredProviderToken";
