import { accepted, type Outcome } from "../../core/dispatch/outcome.ts";
import { inTime, outcomeWithoutToken, type SharedToken } from "../transport/shared-token.ts";

/** Whether the vendor hands out an access token: it judges credentials by that, and nobody is sent anything. */
export const accessTrial =
  (access: SharedToken) =>
  async (deadlineMs: number): Promise<Outcome> => {
    try {
      await inTime(access.get(), deadlineMs);
      return accepted();
    } catch (error) {
      return outcomeWithoutToken(error);
    }
  };
