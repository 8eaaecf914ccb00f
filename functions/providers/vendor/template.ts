import type { Message } from "../../core/dispatch/provider.ts";
import { cut } from "./content.ts";

const PLACE = /\{(title|body|data\.[^{}]+)\}/g;
const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|\u200d|\ufe0f|\u20e3/gu;

/**
 * Parameters of a vendor's template, as JSON text: in the operator's texts, {title}, {body} and {data.name} stand for
 * the message's own. Each is cut at `most` characters; emoji go where a vendor takes none.
 */
export function templateParameters(
  texts: Record<string, unknown>,
  { content: { title = "", body = "", data = {} } }: Pick<Message, "content">,
  { most, emoji }: { most: number; emoji: boolean },
): string {
  const said = (name: string): string => {
    if (name === "title") return title;
    if (name === "body") return body;
    const key = name.slice("data.".length);
    return Object.hasOwn(data, key) ? data[key]! : "";
  };
  const filled = (text: string) => text.replaceAll(PLACE, (_all, name: string) => said(name));
  const clean = (text: string) => (emoji ? text : text.replaceAll(EMOJI, ""));
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, cut(clean(filled(String(text))), most)]),
    ),
  );
}
