import * as z from "zod/mini";
import { Id } from "../notification/request.ts";
import { CHANNELS, type Channel } from "../words.ts";

/**
 * What a person has switched off or on, by place: `:email` a channel, `marketing:` a category, `marketing:email` one
 * channel of one category. The narrowest place decides; what is not there is on.
 */
export type Preferences = Record<string, boolean>;

const MAX_CATEGORIES = 50;
const channelSwitches = z.strictObject(
  Object.fromEntries(CHANNELS.map((channel) => [channel, z.optional(z.boolean())])) as Record<
    Channel,
    z.ZodMiniOptional<z.ZodMiniBoolean>
  >,
);

/** PUT /v1/users/{user}/preferences: all that holds from now on; what is left out is on. */
export const PreferencesInput = z.strictObject({
  channels: z.optional(channelSwitches),
  /** A category as a whole, or some of its channels. */
  categories: z.optional(
    z
      .record(Id, z.union([z.boolean(), channelSwitches]))
      .check(
        z.refine((all) => Object.keys(all).length <= MAX_CATEGORIES, `at most ${MAX_CATEGORIES} categories`),
      ),
  ),
  /** Short for the category urgent. */
  allowUrgentNotifications: z.optional(z.boolean()),
  /** Short for email of the category marketing. */
  allowMarketingEmails: z.optional(z.boolean()),
  /** Short for mobilePush and webPush of the category marketing. */
  allowMarketingPush: z.optional(z.boolean()),
  /** Short for mobilePush and webPush of the category system; its inbox cannot be switched off. */
  allowSystemNotifications: z.optional(z.boolean()),
});
export type PreferencesInput = z.infer<typeof PreferencesInput>;

const SHORT: [keyof PreferencesInput, string[]][] = [
  ["allowUrgentNotifications", ["urgent:"]],
  ["allowMarketingEmails", ["marketing:email"]],
  ["allowMarketingPush", ["marketing:mobilePush", "marketing:webPush"]],
  ["allowSystemNotifications", ["system:mobilePush", "system:webPush"]],
];

/** The switches of an input, each in its place; a place that is spelled out wins over its short form. */
export function preferencesOf(input: PreferencesInput): Preferences {
  const found = new Map<string, boolean>();
  const put = (place: string, value: boolean | undefined) => value !== undefined && found.set(place, value);
  for (const [short, places] of SHORT)
    for (const place of places) put(place, input[short] as boolean | undefined);
  for (const [channel, value] of Object.entries(input.channels ?? {})) put(`:${channel}`, value);
  for (const [category, value] of Object.entries(input.categories ?? {})) {
    if (typeof value === "boolean") put(`${category}:`, value);
    else for (const [channel, on] of Object.entries(value)) put(`${category}:${channel}`, on);
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Places that decide about a message, the narrowest first; none for the inbox of `system`, which is always wanted. */
export const placesOf = (category: string, channel: string): string[] =>
  category === "system" && channel === "inApp"
    ? []
    : [`${category}:${channel}`, `${category}:`, `:${channel}`];

/** Whether a person wants messages of a category on a channel. */
export function wants(preferences: Preferences | undefined, category: string, channel: Channel): boolean {
  if (preferences === undefined) return true;
  // A category is a caller's word: "constructor" must not find what every object has.
  const place = placesOf(category, channel).find((one) => Object.hasOwn(preferences, one));
  return place === undefined || preferences[place] === true;
}

/**
 * What jobs under way must know of a change: the places that were not off before and are now, the channels of a category
 * that were on inside of what is off and are not any more, and beside them the places that are on, because they may lie
 * inside of what went off.
 */
export function toldToJobs(
  before: Preferences | undefined,
  after: Preferences,
): [place: string, on: boolean][] {
  const all = Object.entries(after);
  const off = all.filter(([place, on]) => !on && before?.[place] !== false);
  const told = [...off, ...narrowed(before, after).map((place): [string, boolean] => [place, false])];
  return told.length === 0 ? [] : [...told, ...all.filter(([, on]) => on)];
}

/** Channels of categories that were wanted by a place that stands there no more, inside of what was off already. */
function narrowed(before: Preferences = {}, after: Preferences): string[] {
  const left = Object.keys(before).filter((place) => before[place] && !Object.hasOwn(after, place));
  const places = left.flatMap((place) => {
    const [category, channel] = partsOf(place);
    const channels = channel === "" ? CHANNELS : [channel as Channel];
    return channels
      .filter((one) => wants(before, category, one) && !wants(after, category, one))
      .map((one) => `${category}:${one}`)
      .filter((one) => !Object.hasOwn(after, one));
  });
  return [...new Set(places)];
}

/** A category may hold colons of its own. */
function partsOf(place: string): [category: string, channel: string] {
  const at = place.lastIndexOf(":");
  return [place.slice(0, at), place.slice(at + 1)];
}
