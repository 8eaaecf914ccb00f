import type { Outcome } from "../../core/dispatch/outcome.ts";
import type { SendMany, Target, TokenKind } from "../../core/dispatch/provider.ts";
import { withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken, type SharedToken } from "../transport/shared-token.ts";
import type { VendorAnswer, VendorClient, VendorRequest } from "./client.ts";
import { outcomeOf, type Verdict } from "./verdict.ts";

export type VendorSend = {
  client: VendorClient;
  /** Targets that one request takes. */
  most: number;
  /** Where requests carry a token that expires. */
  access?: SharedToken;
  /**
   * Where something else must be asked for first, it may say how that went instead: nothing has been sent then.
   * @throws TokenError
   */
  request(
    targets: readonly Target[],
    token: string,
    deadlineMs: number,
  ): VendorRequest | Instead | Promise<VendorRequest | Instead>;
  /** One verdict for each target, in their order. */
  judge(answer: VendorAnswer, targets: readonly Target[]): readonly Verdict[];
};

/** One verdict for each target, without the request. */
export type Instead = { instead: readonly Verdict[]; status: number };

type Attempt = { lost: Outcome } | { status: number; verdicts: readonly Verdict[] };

/**
 * One request for many targets. A refused access token is replaced and the request sent once more: the vendor took
 * nothing of it.
 */
export function sendMany({ client, most, access, request, judge }: VendorSend): SendMany {
  const attempt = async (targets: readonly Target[], token: string, deadlineMs: number): Promise<Attempt> => {
    const made = await request(targets, token, deadlineMs);
    if ("instead" in made) return { status: made.status, verdicts: made.instead };
    const reply = await client.post(made, deadlineMs);
    if (reply.kind !== "answer") return { lost: withoutAnswer(reply) };
    return { status: reply.status, verdicts: judge(reply, targets) };
  };
  const outcomesOf = (result: Attempt, count: number): Outcome[] =>
    "lost" in result
      ? new Array<Outcome>(count).fill(result.lost)
      : result.verdicts.map((verdict) => outcomeOf(verdict, result.status));
  return {
    most,
    async send(targets, { deadlineMs }) {
      try {
        const token = access ? (access.current() ?? (await inTime(access.get(), deadlineMs))) : "";
        const first = await attempt(targets, token, deadlineMs);
        const refused = "verdicts" in first && first.verdicts.every((verdict) => verdict.class === "auth");
        if (!access || !refused) return outcomesOf(first, targets.length);
        const other = await inTime(access.insteadOf(token), deadlineMs);
        if (other === undefined) return outcomesOf(first, targets.length);
        return outcomesOf(await attempt(targets, other, deadlineMs), targets.length);
      } catch (error) {
        return new Array<Outcome>(targets.length).fill(outcomeWithoutToken(error));
      }
    },
  };
}

/** For what is said of a request as a whole. */
export const allOf = (targets: readonly Target[], verdict: Verdict): Verdict[] => targets.map(() => verdict);

/** What nobody needs to be asked about. */
export const allOutcomes = (most: number, outcome: Outcome): SendMany => ({
  most,
  send: async (targets) => targets.map(() => outcome),
});

/** Targets of different kinds go by requests of their own. */
export function byKind(most: number, senders: Partial<Record<TokenKind, SendMany>>): SendMany {
  return byGroup(
    most,
    ({ kind }) => kind,
    (kind) => {
      const sender = senders[kind];
      if (sender === undefined) throw new Error(`no sender for tokens of the kind ${kind}`);
      return sender;
    },
  );
}

/** Targets of different groups go by requests of their own, and their outcomes come in the targets' order. */
export function byGroup<G>(
  most: number,
  groupOf: (target: Target) => G,
  senderOf: (group: G) => SendMany,
): SendMany {
  return {
    most,
    async send(targets, call) {
      const outcomes = new Map<Target, Outcome>();
      const groups = [...Map.groupBy(targets, groupOf)];
      await Promise.all(
        groups.map(async ([group, some]) => {
          const answers = await senderOf(group).send(some, call);
          for (const [index, target] of some.entries()) outcomes.set(target, answers[index]!);
        }),
      );
      return targets.map((target) => outcomes.get(target)!);
    },
  };
}
