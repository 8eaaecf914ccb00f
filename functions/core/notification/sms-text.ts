import type { Content } from "./content.ts";

/** Characters that SNS takes in one request (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
export const SMS_LIMIT_CHARACTERS = 1_600;

/** What a notification would say in a text message of any length; undefined: nothing. */
export const wholeSmsText = (content: Content): string | undefined => {
  const { said, link } = partsOf(content);
  return said === undefined ? undefined : said + link;
};

/** The same as it goes out: what SNS would refuse for its length is cut, before the link. */
export function smsText(content: Content): string | undefined {
  const { said, link } = partsOf(content);
  if (said === undefined) return undefined;
  return cutToUnits(said, SMS_LIMIT_CHARACTERS - link.length) + link;
}

function partsOf({ sms, title, body, url }: Content): { said: string | undefined; link: string } {
  if (sms?.body !== undefined) return { said: sms.body, link: "" };
  const said = [title, body].filter((part) => part !== undefined);
  if (said.length === 0) return { said: undefined, link: "" };
  const link = url === undefined || url.length >= SMS_LIMIT_CHARACTERS ? "" : `\n${url}`;
  return { said: said.join("\n"), link };
}

/** Dots: one ellipsis is no character of GSM's alphabet, and would double the parts of a text that is. */
const CUT = "...";

/** So many UTF-16 units at most, never half a character. */
function cutToUnits(text: string, most: number): string {
  if (text.length <= most) return text;
  let cut = "";
  for (const character of text) {
    if (cut.length + character.length > most - CUT.length) break;
    cut += character;
  }
  return cut + CUT;
}
