import { AppError } from "../errors/app-error.ts";
import { type Preferences, type PreferencesInput, preferencesOf, toldToJobs } from "../policy/preferences.ts";
import type { Recipient } from "./device.ts";
import { checkSize } from "./item-size.ts";
import { untilFirst } from "./races.ts";
import type { SaveUserPorts } from "./save-user.ts";

export type SetPreferencesPorts = Pick<SaveUserPorts, "pause" | "get" | "save"> & {
  /** Jobs under way must leave the user out from now on, at this place of the preferences, or must not. */
  notePreference(app: string, user: string, place: string, on: boolean): Promise<void>;
};

/**
 * Replaces a user's preferences. Opt-outs are told to jobs under way before they are written down: a failure between
 * may spare somebody a message, and never sends one against their will.
 * @throws AppError not_found, limit_reached, conflict
 */
export function setPreferences(
  ports: SetPreferencesPorts,
  app: string,
  user: string,
  input: PreferencesInput,
): Promise<Preferences> {
  const preferences = preferencesOf(input);
  return change(ports, app, user, () => preferences);
}

/**
 * Switches one place off and leaves the others as they are: a click on "unsubscribe".
 * @throws AppError not_found, limit_reached, conflict
 */
export function switchOff(
  ports: SetPreferencesPorts,
  app: string,
  user: string,
  place: string,
): Promise<Preferences> {
  return change(ports, app, user, (before) => ({ ...before, [place]: false }));
}

function change(
  ports: SetPreferencesPorts,
  app: string,
  user: string,
  next: (before: Preferences | undefined) => Preferences,
): Promise<Preferences> {
  return untilFirst(
    async () => {
      const stored = await ports.get(app, user);
      if (stored === undefined) throw new AppError("not_found", `there is no user ${user}`);
      const before = stored.recipient.preferences;
      const preferences = next(before);
      const recipient = withPreferences(stored.recipient, preferences);
      checkSize(recipient);
      const told = toldToJobs(before, preferences);
      await Promise.all(told.map(([place, on]) => ports.notePreference(app, user, place, on)));
      return (await ports.save(recipient, stored.revision)) ? preferences : undefined;
    },
    ports.pause,
    `user ${user}`,
  );
}

function withPreferences({ preferences: _before, ...rest }: Recipient, preferences: Preferences): Recipient {
  return Object.keys(preferences).length === 0 ? rest : { ...rest, preferences };
}
