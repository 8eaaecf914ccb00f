import type { JobRules } from "../ledger/ledger.ts";
import { batchWindow, type UnknownRule } from "../policy/category.ts";
import { NEVER_REPEATED, type ProviderName, TAKES_MANY } from "../words.ts";

/** A notification's rules as they hold for the jobs of a provider. */
export const rulesFor = (
  provider: ProviderName,
  { attempts, unknown, window }: JobRules,
  walk: boolean,
): JobRules => ({
  attempts,
  unknown: unknownRule(provider, unknown),
  window: TAKES_MANY.has(provider) ? batchWindow(window, walk) : window,
});

/** An inbox knows a repetition, whatever its category forbids; some providers know none, whatever it allows. */
function unknownRule(provider: ProviderName, ofCategory: UnknownRule): UnknownRule {
  if (provider === "websocket") return "resend";
  return NEVER_REPEATED.has(provider) ? "leave" : ofCategory;
}
