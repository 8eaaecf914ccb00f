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
 * may spare somebody a message, and never sends one against their will. They are told again behind it: of whom a job
 * read in between, it must know since.
 * @throws AppError not_found, limit_reached, conflict
 */
export function setPreferences(
  ports: SetPreferencesPorts,
  app: string,
  user: string,
  input: PreferencesInput,
): Promise<Preferences> {
  const preferences = preferencesOf(input);
  return change(ports, app, user, (before) => {
    const recipient = withPreferences(before, preferences);
    checkSize(recipient, before);
    return recipient;
  });
}

/**
 * Switches one place off and leaves the others as they are: a click on "unsubscribe". It is never refused for the size
 * of the profile, which the person has no part in: a place is less than 200 bytes, an app has 50 categories of its own,
 * and DynamoDB takes 400 KB.
 * @throws AppError not_found, conflict
 */
export function switchOff(
  ports: SetPreferencesPorts,
  app: string,
  user: string,
  place: string,
): Promise<Preferences> {
  return change(ports, app, user, (before) =>
    withPreferences(before, { ...before.preferences, [place]: false }),
  );
}

function change(
  ports: SetPreferencesPorts,
  app: string,
  user: string,
  next: (before: Recipient) => Recipient,
): Promise<Preferences> {
  let told: ReturnType<typeof toldToJobs> = [];
  const note = (places: typeof told) =>
    Promise.all(places.map(([place, on]) => ports.notePreference(app, user, place, on)));
  return untilFirst(
    async () => {
      const stored = await ports.get(app, user);
      if (stored === undefined) throw new AppError("not_found", `there is no user ${user}`);
      const recipient = next(stored.recipient);
      const { preferences = {} } = recipient;
      const fresh = toldToJobs(stored.recipient.preferences, preferences);
      // A save whose answer was lost finds itself done.
      if (fresh.length > 0) told = fresh;
      await note(fresh);
      if (!(await ports.save(recipient, stored.revision))) return undefined;
      await note(told);
      return preferences;
    },
    ports.pause,
    `user ${user}`,
  );
}

function withPreferences({ preferences: _before, ...rest }: Recipient, preferences: Preferences): Recipient {
  return Object.keys(preferences).length === 0 ? rest : { ...rest, preferences };
}
