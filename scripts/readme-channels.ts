import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CHANNEL_OF, CHANNELS, PROVIDERS, type ProviderName } from "../functions/core/words.ts";

/** node scripts/readme-channels.ts: writes README's table of channels, from the code and the channels' pages. */
const ROOT = join(import.meta.dirname, "..");
export const README = join(ROOT, "README.md");
const [BEGIN, END] = ["<!-- channels: scripts/readme-channels.ts -->", "<!-- /channels -->"];

/** Sockets and inboxes are the platform's own: their page is another. */
const PAGES: Partial<Record<ProviderName, string>> = { websocket: "docs/websocket.md" };
const pageOf = (provider: ProviderName): string => PAGES[provider] ?? `docs/channels/${provider}.md`;

/** "# Huawei Push Kit (EMUI, HarmonyOS)" -> "Huawei Push Kit" */
function titleOf(provider: ProviderName): string {
  const [heading = ""] = readFileSync(join(ROOT, pageOf(provider)), "utf8").split("\n", 1);
  return heading.replace(/^# /, "").replace(/ \(.*\)$/, "");
}

function table(): string {
  const rows = CHANNELS.map((channel) => {
    const own = PROVIDERS.filter((provider) => CHANNEL_OF[provider] === channel);
    return `| \`${channel}\` | ${own.map((provider) => `[${titleOf(provider)}](${pageOf(provider)})`).join(", ")} |`;
  });
  return ["| channel | providers in this version |", "| --- | --- |", ...rows].join("\n");
}

/** The README with its table as it should be. @throws Error when the marks are gone */
export function readmeWithChannels(readme: string): string {
  const [from, to] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`README.md has lost its marks ${BEGIN} … ${END}`);
  return `${readme.slice(0, from + BEGIN.length)}\n${table()}\n${readme.slice(to)}`;
}

if (import.meta.main) writeFileSync(README, readmeWithChannels(readFileSync(README, "utf8")));
