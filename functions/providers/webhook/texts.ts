const ZERO_WIDTH_SPACE = "\u200b";

/**
 * As many characters (code points) as fit, the last of them an ellipsis where the text was cut.
 * @param cost what a character takes of `most`: 1, or its bytes, or the length of its escape
 */
export function fitted(text: string, most: number, cost: (character: string) => number = () => 1): string {
  const ellipsis = cost("…");
  let used = 0;
  let end = 0;
  let endWithEllipsis = 0;
  for (const character of text) {
    used += cost(character);
    if (used > most) return `${text.slice(0, endWithEllipsis)}…`;
    end += character.length;
    if (used + ellipsis <= most) endWithEllipsis = end;
  }
  return text;
}

export const utf8Bytes = (character: string): number => Buffer.byteLength(character);

const SLACK_ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Slack's control characters (https://docs.slack.dev/messaging/formatting-message-text). */
export const slackEscaped = (text: string): string =>
  text.replace(/[&<>]/g, (character) => SLACK_ESCAPES[character]!);

export const slackLength = (character: string): number => SLACK_ESCAPES[character]?.length ?? 1;

/** `@channel` and its like call a whole channel where a workspace turns names into mentions. */
export const withoutMentions = (text: string): string =>
  text.replace(/@(?=(?:channel|here|everyone|group|all)\b)/gi, `@${ZERO_WIDTH_SPACE}`);

/** Tags of chat tools: `<at user_id="all">`, `<@someone>`, `<!here>`, `<font>`. A lonely `<` stays. */
export const withoutTags = (text: string): string =>
  text.replace(/<(?=[A-Za-z@!/])/g, `<${ZERO_WIDTH_SPACE}`);

/** Text that Markdown makes no link or picture of, whoever wrote it: a name in it may be anybody's. */
export const withoutLinks = (text: string): string =>
  withoutTags(text).replaceAll("](", `]${ZERO_WIDTH_SPACE}(`);

/** Longer ones are more than Discord takes, and half of all that WeCom does. */
const MOST_LINK = 2_048;

/** A link as every format's link syntax takes it, or undefined where it is none or too long. */
export function linkOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const href = new URL(url).href.replace(
    /[()<>|[\]"'`\\]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return href.length > MOST_LINK ? undefined : href;
}
