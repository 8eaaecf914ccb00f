import { accepted, type Outcome, ofFanOut } from "../../core/dispatch/outcome.ts";
import type { TopicAction } from "../../core/notification/topic-change.ts";
import { h2Pool } from "../transport/pool.ts";
import { type Answer, jsonObject, type Reply, reasonCode, withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken } from "../transport/shared-token.ts";
import { accessToken } from "./access-token.ts";
import type { FcmOptions } from "./fcm.ts";
import { fcmOutcome } from "./outcome.ts";

const IID_HOST = "iid.googleapis.com";
const EXPECTED_STREAMS = 100;
/** Registration tokens that one request takes. */
export const TOKENS_AT_ONCE = 1_000;

/** A reason for each token, and then some. */
const MOST_BYTES = TOKENS_AT_ONCE * 200;

const ACCEPTED = accepted({ status: 200 });
/** Another project's credentials get these for every token. */
const SUSPECT: Outcome = { kind: "gone", tokenSuspect: true };

/** https://developers.google.com/instance-id/reference/server#manage_relationship_maps_for_multiple_app_instances */
const VERDICTS: Record<string, Outcome> = {
  NOT_FOUND: SUSPECT,
  // "Not valid for the sender id".
  INVALID_ARGUMENT: SUSPECT,
  INTERNAL: { kind: "retry", retryAfterMs: 10_000 },
  RESOURCE_EXHAUSTED: { kind: "throttled", retryAfterMs: 60_000 },
  TOO_MANY_TOPICS: { kind: "rejected" },
};

export type FcmTopics = {
  /** An outcome for each token, in their order; an answer to the whole request has its status. @param tokens up to `TOKENS_AT_ONCE` */
  change(
    action: TopicAction,
    topic: string,
    tokens: readonly string[],
    deadlineMs: number,
  ): Promise<Outcome[]>;
  close(): void;
};

/** Who follows which topic is kept by Google's Instance ID service, for a token as long as that lives. */
export function fcmTopics({ app, credentials, open, tokens: store, now }: FcmOptions): FcmTopics {
  const pool = h2Pool({ host: IID_HOST, open, maxSessions: 1, expectedStreams: EXPECTED_STREAMS });
  const access = accessToken({ app, credentials, open, store, now });

  async function ask(path: string, body: Buffer, deadlineMs: number): Promise<Reply> {
    const send = (bearer: string) =>
      pool.send(
        { headers: headersOf(path, bearer), body, wholeBody: true, mostBytes: MOST_BYTES },
        deadlineMs,
      );
    const bearer = await inTime(access.get(), deadlineMs);
    const reply = await send(bearer);
    if (reply.kind !== "answer" || reply.status !== 401) return reply;
    const other = await inTime(access.insteadOf(bearer), deadlineMs);
    return other === undefined ? reply : send(other);
  }

  return {
    async change(action, topic, tokens, deadlineMs) {
      const path = `/iid/v1:${action === "subscribe" ? "batchAdd" : "batchRemove"}`;
      const body = Buffer.from(JSON.stringify({ to: `/topics/${topic}`, registration_tokens: tokens }));
      try {
        const reply = await ask(path, body, deadlineMs);
        if (reply.kind === "answer" && reply.status === 200) return outcomesIn(reply, tokens.length);
        const outcome = reply.kind === "answer" ? ofFanOut(fcmOutcome(reply, now())) : withoutAnswer(reply);
        return tokens.map(() => outcome);
      } catch (error) {
        const outcome = outcomeWithoutToken(error);
        return tokens.map(() => outcome);
      }
    },
    close() {
      pool.close();
      access.close();
    },
  };
}

const headersOf = (path: string, bearer: string): string[] => [
  ...[":method", "POST", ":scheme", "https", ":authority", IID_HOST, ":path", path],
  ...["content-type", "application/json", "authorization", bearer],
  // Without it Google reads an API key of the old kind in the header above.
  ...["access_token_auth", "true"],
];

/** `{"results": [{}, {"error": "NOT_FOUND"}]}`: one for each token, in their order. */
function outcomesIn({ body }: Answer, count: number): Outcome[] {
  const { results } = jsonObject(body);
  const list: unknown[] = Array.isArray(results) ? results : [];
  return Array.from({ length: count }, (_, index) => outcomeOf(list[index]));
}

function outcomeOf(result: unknown): Outcome {
  if (typeof result !== "object" || result === null) return { kind: "unknown", reason: "no_outcome" };
  if (!("error" in result)) return ACCEPTED;
  const reason = reasonCode(result.error) ?? "no_reason";
  return { ...(Object.hasOwn(VERDICTS, reason) ? VERDICTS[reason]! : { kind: "rejected" }), reason };
}
