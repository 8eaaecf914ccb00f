/** What Apple asks of each push type: written down from its pages, apart from what the provider thinks of them. */
const SUFFIXES: Record<string, string> = {
  alert: "",
  background: "",
  voip: ".voip",
  complication: ".complication",
  fileprovider: ".pushkit.fileprovider",
  mdm: "",
  liveactivity: ".push-type.liveactivity",
  location: ".location-query",
  pushtotalk: ".voip-ptt",
  widgets: ".push-type.widgets",
  controls: ".push-type.controls",
};

/** What a device token was handed out for: push types other than these two have tokens of their own. */
export type Purpose = keyof typeof SUFFIXES;
export const purposeOf = (type: string): Purpose => (type === "background" ? "alert" : type);

export const isPushType = (type: string): boolean => Object.hasOwn(SUFFIXES, type);

const LONGEST_FIRST = Object.values(SUFFIXES)
  .filter((suffix) => suffix !== "")
  .sort((a, b) => b.length - a.length);

export function bundleIdOf(topic: string): string {
  const suffix = LONGEST_FIRST.find((one) => topic.endsWith(one)) ?? "";
  return topic.slice(0, topic.length - suffix.length);
}

export const fitsTopic = (type: string, topic: string): boolean =>
  topic === bundleIdOf(topic) + SUFFIXES[type];

export function fitsPriority(type: string, priority: string): boolean {
  if (type === "background") return priority === "5";
  if (type === "voip" || type === "pushtotalk") return priority === "10";
  return type !== "liveactivity" || priority !== "1";
}

/** Calls and Push to Talk are answered now or never. */
export const fitsExpiration = (type: string, expiration: string): boolean =>
  type === "voip" || type === "pushtotalk" ? expiration === "0" : /^\d*$/.test(expiration);

export const limitOf = (type: string): number => (type === "voip" ? 5_120 : 4_096);

type Aps = Record<string, unknown>;

export function fitsPayload(type: string, aps: Aps): boolean {
  const isSilent = aps["content-available"] === 1 && aps["alert"] === undefined;
  switch (type) {
    case "alert":
    case "background":
      return isSilent === (type === "background");
    case "widgets":
    case "controls":
      return aps["content-changed"] === true;
    case "liveactivity":
      return isLiveActivity(aps);
    default:
      return true;
  }
}

const isBlock = (value: unknown): boolean => typeof value === "object" && value !== null;
const isSecond = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) < 1e11;
const isUnsetOr = (holds: (value: unknown) => boolean, value: unknown): boolean =>
  value === undefined || holds(value);

function isLiveActivity(aps: Aps): boolean {
  if (!isSecond(aps["timestamp"])) return false;
  if (![aps["stale-date"], aps["dismissal-date"]].every((value) => isUnsetOr(isSecond, value))) return false;
  switch (aps["event"]) {
    case "start":
      return (
        typeof aps["attributes-type"] === "string" &&
        [aps["attributes"], aps["content-state"], aps["alert"]].every(isBlock)
      );
    case "update":
      return isBlock(aps["content-state"]);
    case "end":
      return isUnsetOr(isBlock, aps["content-state"]);
    default:
      return false;
  }
}
