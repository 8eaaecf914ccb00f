import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import type { Target } from "../../core/dispatch/provider.ts";
import { withoutAnswer } from "../transport/reply.ts";
import { inTime, outcomeWithoutToken, type SharedToken } from "../transport/shared-token.ts";
import type { VendorClient } from "../vendor/client.ts";
import { type classifier, outcomeOf } from "../vendor/verdict.ts";
import { hmsVerdicts, NO_RIGHT, PARTLY } from "./outcome.ts";

/** A registration token of no device. */
const NOBODY = "0".repeat(66);
const TRIAL_TARGET: Target = { user: "", device: "", kind: "hmsNext", token: NOBODY, messageId: "" };

const BODY = {
  // What needs no right of its own.
  payload: { notification: { category: "MARKETING", title: "-", body: "-", clickAction: { actionType: 0 } } },
  target: { token: [NOBODY] },
  pushOptions: { testMessage: true, ttl: 1 },
};

export type AccountTrial = {
  client: VendorClient;
  account: SharedToken;
  /** `/v3/{projectId}/messages:send` */
  path: string;
  classOf: ReturnType<typeof classifier>;
  now(): number;
};

/**
 * A service account signs for itself, so that Huawei judges it with a message only: a test message to nobody. What it
 * says of the token it says to those whose signature holds. What it says of the message it may say before it has
 * looked at that, and is no word about the credentials.
 */
export const accountTrial =
  ({ client, account, path, classOf, now }: AccountTrial) =>
  async (deadlineMs: number): Promise<Outcome> => {
    try {
      const jwt = await inTime(account.get(), deadlineMs);
      const headers = { authorization: `Bearer ${jwt}`, "push-type": "0" };
      const reply = await client.post({ path, headers, body: { json: BODY } }, deadlineMs);
      if (reply.kind !== "answer") return withoutAnswer(reply);
      if (reply.json["code"] === PARTLY) return accepted();
      const [verdict] = hmsVerdicts(reply, [TRIAL_TARGET], classOf, now());
      const outcome = outcomeOf(verdict!, reply.status);
      if (outcome.kind === "gone") return accepted();
      // Also said of a token that is another app's: which it is, a token of nobody does not tell.
      return outcome.reason === NO_RIGHT ? { ...outcome, kind: "unknown" } : outcome;
    } catch (error) {
      return outcomeWithoutToken(error);
    }
  };
