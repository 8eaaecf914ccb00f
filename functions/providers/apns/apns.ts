import type { ApnsCredentials } from "../../core/credentials/apns.ts";
import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import type { Message, Provider, SendCall, SendEach, Target } from "../../core/dispatch/provider.ts";
import { type OpenSocket, type Reply, withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken, type TokenStore } from "../transport/shared-token.ts";
import { apnsBearer } from "./bearer.ts";
import { BROADCAST_LIMIT_BYTES, broadcastHeaders, broadcastOutcome } from "./broadcast.ts";
import { OTHER_ENVIRONMENT, otherHost } from "./other-host.ts";
import { apnsOutcome, isExpired } from "./outcome.ts";
import { apnsHeaders, apnsPayload, apnsPushType, MOST_UNREAD, targetHeaders } from "./payload.ts";
import { PUSH_TYPES } from "./push-type.ts";
import { APNS_HOSTS, type ApnsEnvironment, apnsPools } from "./transport.ts";

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
  const other = otherHost(now);
  const bearer = apnsBearer({ app: options.app, credentials, store: options.tokens, now });

  const outcomeOf = (reply: Reply): Outcome =>
    reply.kind === "answer" ? apnsOutcome(reply, now()) : withoutAnswer(reply);

  /** One async function from target to outcome: every further promise would cost as much as an outcome. */
  async function deliver(prepared: Prepared, target: Target, { deadlineMs }: SendCall): Promise<Outcome> {
    const refused = refusedHere(prepared, target);
    if (refused) return refused;
    const { environment = credentials.environment, bundleId = credentials.bundleId } = target;
    const send = (to: ApnsEnvironment, bearer: string): Promise<Reply> => {
      const at = { host: APNS_HOSTS[to], bundleId, bearer };
      return pools.of(to).send({ headers: headersOf(prepared, target, at), body: prepared.body }, deadlineMs);
    };
    try {
      const token = bearer.current() ?? (await inTime(bearer.get(), deadlineMs));
      const reply = await send(environment, token);
      if (reply.kind !== "answer") return withoutAnswer(reply);
      if (isExpired(reply)) {
        const newer = await inTime(bearer.insteadOf(token), deadlineMs);
        return outcomeOf(newer === undefined ? reply : await send(environment, newer));
      }
      const outcome = apnsOutcome(reply, now());
      if (!other.isWorthAsking(target, outcome)) return outcome;
      return await other.ask(outcome, () => send(OTHER_ENVIRONMENT[environment], token));
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

  /** To a device that cannot be: APNs looks at the key and the topic first, and sends nothing. */
  async function trial(deadlineMs: number): Promise<Outcome> {
    const headers = ["apns-push-type", "alert", "apns-priority", "5", "apns-expiration", "0"];
    const prepared: Prepared = { ...PUSH_TYPES.alert, common: headers, body: TRIAL_BODY };
    const nobody = { ...NOBODY, environment: credentials.environment };
    const outcome = await deliver(prepared, nobody, { deadlineMs });
    return outcome.kind === "gone" || outcome.kind === "rejected" ? accepted() : outcome;
  }

  return {
    name: "apns",
    concurrency: CONCURRENCY,
    close: pools.close,
    trial,
    async prepare(message): Promise<SendEach> {
      const payload = apnsPayload(message, MOST_UNREAD);
      const body = serialised(payload);
      const { suffix, limitBytes } = PUSH_TYPES[apnsPushType(message, payload)];
      const prepared: Prepared = {
        body,
        suffix,
        limitBytes,
        common: apnsHeaders(message, payload, now()),
      };
      if (message.content.apple?.badge === "unread")
        return (target, call) => deliverCounted(prepared, message, target, call);
      return message.content.apple?.liveActivity
        ? async (target, call) => withinKind(target, await deliver(prepared, target, call))
        : (target, call) => deliver(prepared, target, call);
    },
  };
}

const NO_ID = "00000000-0000-4000-8000-000000000000";
const TRIAL_BODY = Buffer.from('{"aps":{}}');
const NOBODY: Target = { user: "", device: "", kind: "apns", token: "0".repeat(64), messageId: NO_ID };

type Prepared = { common: readonly string[]; body: Buffer; suffix: string; limitBytes: number };

const isBroadcast = ({ kind }: Target): boolean => kind === "apnsChannel";

const withinKind = (target: Target, outcome: Outcome): Outcome =>
  isBroadcast(target) ? broadcastOutcome(outcome) : outcome;

/** What Apple need not be asked about. */
function refusedHere({ body, limitBytes }: Prepared, target: Target): Outcome | undefined {
  if (isBroadcast(target)) return body.length > BROADCAST_LIMIT_BYTES ? TOO_LARGE : undefined;
  if (body.length > limitBytes) return TOO_LARGE;
  return HEX.test(target.token) ? undefined : BAD_TOKEN;
}

const headersOf = (
  { common, suffix }: Prepared,
  target: Target,
  { host, bundleId, bearer }: { host: string; bundleId: string; bearer: string },
): string[] =>
  isBroadcast(target)
    ? broadcastHeaders(common, target, { host, bundleId, bearer })
    : targetHeaders(common, target, { host, topic: bundleId + suffix, bearer });

const serialised = (payload: object): Buffer => Buffer.from(JSON.stringify(payload));

const TOO_LARGE: Outcome = { kind: "rejected", reason: "payload_too_large" };
const BAD_TOKEN: Outcome = { kind: "gone", reason: "BadDeviceToken", tokenSuspect: true };
