import type { ProviderName } from "../words.ts";
import type { Content } from "./content.ts";
import { LINKS, ROBOT_SHOWN, ROBOT_WHOLE, SHOWN } from "./shown-texts.ts";
import { SMS_LIMIT_CHARACTERS, wholeSmsText } from "./sms-text.ts";

type Limits = { title: number; body: number };
const FIELDS = ["title", "body"] as const;
const inWords = (count: number): string => count.toLocaleString("en");

/** Texts that the app's vendors cut, and links that they leave out. */
export const handsetWarnings = (content: Content, configured: ReadonlySet<ProviderName>): string[] =>
  content.silent
    ? []
    : [...cuts(content, only(SHOWN, configured), ""), ...droppedLinks(content, only(LINKS, configured))];

/** Which tool stands at the other end is each person's. */
export const robotWarnings = (content: Content): string[] => [
  ...cuts(content, Object.entries(ROBOT_SHOWN), "webhook: "),
  ...cutWhole(content),
];

/** What the tools' own marks add is left out: the text is at least so long. */
function cutWhole({ title, body, url }: Content): string[] {
  const text = [title, body, url].filter((part) => part !== undefined).join("\n");
  const has = { characters: [...text].length, bytes: Buffer.byteLength(text) };
  return Object.entries(ROBOT_WHOLE).flatMap(([name, limit]) => {
    const [[unit, most]] = Object.entries(limit) as [["characters" | "bytes", number]];
    if (has[unit] <= most) return [];
    return [
      `webhook: the text has at least ${inWords(has[unit])} ${unit} and is cut by ${name} after ${inWords(most)}`,
    ];
  });
}

function droppedLinks({ url }: Content, limits: readonly (readonly [string, number])[]): string[] {
  const length = url?.length ?? 0;
  const by = limits
    .filter(([, most]) => length > most)
    .map(([name, most]) => `${name} takes ${inWords(most)}`);
  return by.length === 0
    ? []
    : [`/content/url: has ${inWords(length)} characters and opens the app instead (${by.join(", ")})`];
}

/** Cut, not refused. */
export function smsWarnings(content: Content): string[] {
  const { length } = wholeSmsText(content) ?? "";
  if (length <= SMS_LIMIT_CHARACTERS) return [];
  const [has, most] = [inWords(length), inWords(SMS_LIMIT_CHARACTERS)];
  return [
    `sms: the text has ${has} characters and is cut after ${most}; say it shorter in /content/sms/body`,
  ];
}

const only = <P extends ProviderName, T>(limits: Record<P, T>, configured: ReadonlySet<ProviderName>) =>
  (Object.entries(limits) as [P, T][]).filter(([provider]) => configured.has(provider));

function cuts(content: Content, limits: readonly (readonly [string, Limits])[], where: string): string[] {
  return FIELDS.flatMap((field) => {
    const length = [...(content[field] ?? "")].length;
    const by = limits.filter(([, most]) => length > most[field]);
    const names = by.map(([name, most]) => `${name} after ${most[field]}`);
    return by.length === 0
      ? []
      : [`${where}/content/${field}: has ${length} characters and is cut by ${names.join(", ")}`];
  });
}
