import { AppError } from "../core/errors/app-error.ts";
import { switchOff } from "../core/recipient/set-preferences.ts";
import { isOwnLink, type Unsubscribing, unsubscribePath } from "../core/recipient/unsubscribe-link.ts";
import { ENV } from "../names.ts";
import { need } from "./env.ts";
import { ownSecret } from "./own-secrets.ts";
import { registerPorts } from "./registering.ts";

/**
 * No more mails of a category for a person. Mail programs click more than once, and after the person was erased:
 * both are done already.
 * @throws AppError not_found for a link that is not ours
 */
export async function unsubscribe(who: Unsubscribing, signature: string): Promise<void> {
  if (!isOwnLink(who, signature, await ownSecret(need(ENV.cursorSecret))))
    throw new AppError("not_found", "this is no link of a mail that was sent from here");
  try {
    await switchOff(registerPorts(), who.app, who.user, `${who.category}:email`);
  } catch (error) {
    if (!(error instanceof AppError && error.code === "not_found")) throw error;
  }
}

/** Makes the addresses for `List-Unsubscribe`. */
export async function unsubscribeUrls(): Promise<(who: Unsubscribing) => string> {
  const [base, secret] = [need(ENV.publicUrl), await ownSecret(need(ENV.cursorSecret))];
  return (who) => base + unsubscribePath(who, secret);
}
