import type { AddedSizes, App } from "../core/app/app.ts";
import type { Credentials } from "../core/app/provider-input.ts";
import type { VendorSettings } from "../core/credentials/vendor-settings.ts";
import type { VendorName } from "../core/credentials/vendors.ts";
import type { Message } from "../core/dispatch/provider.ts";
import { getuiSizes } from "../providers/getui/payload.ts";
import { hmsNextPayload, hmsNextSizes, hmsPayload, hmsSizes } from "../providers/hms/payload.ts";
import { honorPayload, honorSizes } from "../providers/honor/payload.ts";
import { jpushPayload, jpushSizes } from "../providers/jpush/payload.ts";
import { miFields, miSizes } from "../providers/mi/payload.ts";
import { oppoNotification, isShown as oppoShows, oppoSizes } from "../providers/oppo/payload.ts";
import { umengPayload, umengSizes } from "../providers/umeng/payload.ts";
import type { Part, Size } from "../providers/vendor/size.ts";
import { vivoPayload, isShown as vivoShows, vivoSizes } from "../providers/vivo/payload.ts";

type Settings = Pick<VendorSettings, "categories" | "extra"> & { badgeClass?: string | undefined };
type Measure = (message: Message, settings: Settings) => Size[];

/** What is sent to a vendor that measures messages, measured as its provider does; Meizu names no limit. */
const MEASURES: Record<Exclude<VendorName, "meizu">, Measure> = {
  hms: (message, settings) => [
    ...hmsSizes(hmsPayload(message, settings)),
    ...hmsNextSizes(hmsNextPayload(message, settings)),
  ],
  honor: (message, settings) => honorSizes(honorPayload(message, settings)),
  mi: (message, settings) => miSizes(miFields(message, { packageName: "", ...settings })),
  oppo: (message, settings) => (oppoShows(message) ? oppoSizes(oppoNotification(message, settings)) : []),
  vivo: (message, settings) => (vivoShows(message) ? vivoSizes(vivoPayload(message, settings)) : []),
  jpush: (message, settings) => jpushSizes(jpushPayload(message, { apnsProduction: true, ...settings })),
  getui: (message) => getuiSizes(message),
  umeng: (message, settings) =>
    umengSizes(umengPayload(message, { production: true, ...settings }, message.createdAtMs)),
};
type Measured = keyof typeof MEASURES;

/** More categories than these have the most of all of them. */
const MAX_CATEGORIES = 50;
const OTHERS = "*";

const inWords = (count: number): string => count.toLocaleString("en");

const WHAT: Record<Part, string> = {
  message: "/content: makes a message of",
  data: "/content/data: makes",
  android: "/content: makes for Android",
  ios: "/content: makes for iPhones",
  harmony: "/content: makes for HarmonyOS 5",
};

/** Messages that a vendor of the app would refuse for their size, and is therefore not sent. */
export function vendorSizeWarnings(providers: App["providers"], message: Message): string[] {
  return (Object.keys(MEASURES) as Measured[]).flatMap((name) => {
    const setup = providers[name];
    if (setup === undefined) return [];
    const sizes = MEASURES[name](message, { badgeClass: setup.summary["badgeClass"] });
    return sizes.flatMap(({ part, has, most, unit }) => {
      const all = has + addedTo(setup.added?.[part], message.category);
      if (all <= most) return [];
      return [`${WHAT[part]} ${inWords(all)} ${unit}; ${name} takes ${inWords(most)}, and is not sent it`];
    });
  });
}

/** A category is a caller's word. */
const addedTo = (added: Readonly<Record<string, number>> = {}, category: string): number =>
  (Object.hasOwn(added, category) ? added[category] : added[OTHERS]) ?? 0;

/**
 * What an operator's settings add to each part: credentials cannot be read back when a notification is accepted, so that
 * it is reckoned when they are entered. Undefined where they add nothing.
 */
export function addedBySettings(name: VendorName, credentials: Credentials): AddedSizes | undefined {
  if (name === "meizu") return undefined;
  const settings = credentials as Settings;
  const categories = [OTHERS, ...Object.keys(settings.categories ?? {})];
  const parts = categories.flatMap((category) =>
    differences(MEASURES[name], sampleOf(category), settings).map(([part, more]) => ({
      part,
      category,
      more,
    })),
  );
  const of = (part: Part) =>
    few(parts.filter((one) => one.part === part).map(({ category, more }) => [category, more] as const));
  const added = Object.fromEntries(
    [...new Set(parts.map(({ part }) => part))].map((part) => [part, of(part)]),
  );
  const isNothing = parts.every(({ more }) => more === 0);
  return isNothing ? undefined : added;
}

/** What replaces something of ours may make a message shorter. */
function differences(measure: Measure, message: Message, settings: Settings): [Part, number][] {
  const without = new Map(measure(message, {}).map(({ part, has }) => [part, has]));
  return measure(message, settings).map(({ part, has }) => [part, has - (without.get(part) ?? 0)]);
}

const few = (added: readonly (readonly [string, number])[]): Record<string, number> =>
  added.length <= MAX_CATEGORIES
    ? Object.fromEntries(added)
    : { [OTHERS]: Math.max(...added.map(([, more]) => more)) };

const sampleOf = (category: string): Message => ({
  app: "",
  notificationId: "n",
  content: { title: "t", body: "b" },
  category,
  priority: "normal",
  createdAtMs: 0,
  expiresAtMs: 0,
  ttlS: 0,
});
