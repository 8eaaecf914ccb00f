import { AppError } from "../errors/app-error.ts";
import { APPLE_TOKEN_TYPES, type AppleRoad, type AppleTokenType } from "../token-kinds.ts";
import type { Apple, ApplePushType } from "./apple.ts";
import type { SendRequest } from "./request.ts";

/** Push types that show nothing themselves: what the neutral content says must be silent too. */
const SHOWS_NOTHING: ReadonlySet<ApplePushType> = new Set([
  "background",
  "complication",
  "fileprovider",
  "location",
  "widgets",
  "controls",
]);
/** Answered at once or never: Apple wants priority 10 and expiration 0. */
const NOW_OR_NEVER: ReadonlySet<ApplePushType> = new Set(["voip", "pushtotalk"]);
/** What only a notification that is shown can have. */
const OF_ALERTS = [
  "interruption",
  "relevance",
  "subtitle",
  "subtitleLoc",
  "criticalSound",
  "badge",
  "filterCriteria",
  "targetContentId",
] as const satisfies readonly (keyof Apple)[];

type Fault = { pointer: string; detail: string };

/**
 * What Apple would refuse or drop, refused before it is accepted.
 * @throws AppError invalid_request naming every field that is wrong
 */
export function checkApple(request: SendRequest): void {
  const { apple } = request.content;
  if (apple === undefined) return;
  const errors = apple.liveActivity ? activityFaults(request, apple) : pushFaults(request, apple);
  if (errors.length === 0) return;
  throw new AppError("invalid_request", `${errors[0]?.pointer}: ${errors[0]?.detail}`, { errors });
}

function activityFaults({ to, content, channels, ladder }: SendRequest, apple: Apple): Fault[] {
  const faults = unwanted(apple, ["pushType", ...OF_ALERTS], "has no meaning for a Live Activity");
  if (content.silent) faults.push({ pointer: "/content/silent", detail: NOT_SILENT });
  if (channels?.some((channel) => channel !== "mobilePush"))
    faults.push({ pointer: "/channels", detail: "may only be mobilePush for a Live Activity" });
  if (ladder && ladder.length > 0) faults.push({ pointer: "/ladder", detail: "is not for Live Activities" });
  const activity = apple.liveActivity;
  if (activity && activity.event !== "start" && activity.activity === undefined && !("apnsChannel" in to))
    faults.push({ pointer: "/content/apple/liveActivity/activity", detail: "says whose tokens are meant" });
  return faults;
}

const NOT_SILENT = "has no meaning for a Live Activity: without title and body it changes without a sound";

function pushFaults(request: SendRequest, apple: Apple): Fault[] {
  const { silent = false } = request.content;
  const { pushType, interruption, criticalSound } = apple;
  const faults = silent ? unwanted(apple, OF_ALERTS, "has no meaning for a silent notification") : [];
  const type = (detail: string) => faults.push({ pointer: "/content/apple/pushType", detail });
  if (pushType === "alert" && silent) type("alert has something to show: the content may not be silent");
  if (pushType && SHOWS_NOTHING.has(pushType) && !silent)
    type(`${pushType} shows nothing: the content must be silent`);
  if (pushType && SHOWS_NOTHING.has(pushType)) faults.push(...shownByOwnBlock(request, pushType));
  if (criticalSound && interruption !== undefined && interruption !== "critical")
    faults.push({
      pointer: "/content/apple/criticalSound",
      detail: `does not go with interruption ${interruption}`,
    });
  return [...faults, ...urgencyFaults(request, pushType)];
}

/** The app's own block goes over what the push type asks for. */
function shownByOwnBlock({ content }: SendRequest, pushType: ApplePushType): Fault[] {
  const aps = content.apns?.["aps"];
  if (typeof aps !== "object" || aps === null) return [];
  return ["alert", "badge", "sound"]
    .filter((field) => field in aps)
    .map((field) => ({
      pointer: `/content/apns/aps/${field}`,
      detail: `does not go with push type ${pushType}, which shows nothing`,
    }));
}

/** What was asked for by name; the category's defaults give way to the push type. */
function urgencyFaults(
  { priority, ttl, expiresAt }: SendRequest,
  pushType: ApplePushType | undefined,
): Fault[] {
  const faults: Fault[] = [];
  if (pushType === "background" && priority === "high")
    faults.push({ pointer: "/priority", detail: "may not be high for push type background" });
  if (pushType === undefined || !NOW_OR_NEVER.has(pushType)) return faults;
  const wrong = (pointer: string, detail: string) =>
    faults.push({ pointer, detail: `${detail} for push type ${pushType}` });
  if (priority !== undefined && priority !== "high") wrong("/priority", "must be high");
  if (ttl) wrong("/ttl", "must be 0");
  if (expiresAt !== undefined) wrong("/expiresAt", "must be left out");
  return faults;
}

const unwanted = (apple: Apple, fields: readonly (keyof Apple)[], detail: string): Fault[] =>
  fields
    .filter((field) => apple[field] !== undefined)
    .map((field) => ({ pointer: `/content/apple/${field}`, detail }));

/** The request with what its push type leaves no choice about. */
export function withAppleDefaults(request: SendRequest): SendRequest {
  const { apple } = request.content;
  if (apple?.liveActivity) return { ...request, channels: ["mobilePush"], ladder: [] };
  if (apple?.pushType && NOW_OR_NEVER.has(apple.pushType)) return { ...request, priority: "high", ttl: 0 };
  return request;
}

/** Which of Apple's tokens the content is for, where that is not a device's ordinary one; a channel has none. */
export function appleRoadOf({ content }: Pick<SendRequest, "content">): AppleRoad | undefined {
  const { liveActivity, pushType } = content.apple ?? {};
  if (liveActivity?.event === "start") return { kind: "apnsStart" };
  if (liveActivity)
    return liveActivity.activity === undefined
      ? undefined
      : { kind: "apnsActivity", activity: liveActivity.activity };
  return isTokenType(pushType) ? { kind: "apnsTyped", pushType } : undefined;
}

const isTokenType = (type: ApplePushType | undefined): type is AppleTokenType =>
  type !== undefined && (APPLE_TOKEN_TYPES as readonly string[]).includes(type);
