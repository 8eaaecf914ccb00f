import type { Content } from "../../core/notification/content.ts";
import { ROBOT_SHOWN, ROBOT_WHOLE } from "../../core/notification/shown-texts.ts";
import type { WebhookFormat } from "../../core/recipient/address.ts";
import { type Json, present } from "../vendor/content.ts";
import type { WebhookMessage } from "./payload.ts";
import {
  fitted,
  linkOf,
  slackEscaped,
  slackLength,
  utf8Bytes,
  withoutLinks,
  withoutMentions,
  withoutTags,
} from "./texts.ts";

export type Robot = Exclude<WebhookFormat, "standard">;

const LINK_TEXT = { en: "Open", zh: "查看" };
const COLORS = { info: 0x2f81f7, warning: 0xd29922, error: 0xda3633 } as const;

/** Title and body, or what there is of them. */
const lines = ({ title, body }: Content): string =>
  [title, body].filter((part) => part !== undefined).join("\n");
const oneLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join(" ");

/** https://docs.slack.dev/reference/block-kit/blocks: header 150 characters, section 3,000. */
function slack({ content }: WebhookMessage): Json {
  const { title, body } = content;
  const link = linkOf(content.url);
  const said = (text: string, most: number) => slackEscaped(fitted(withoutMentions(text), most, slackLength));
  // `verbatim`: Slack looks for no names in it that it could turn into mentions.
  const section = (text: string) => ({ type: "section", text: { type: "mrkdwn", text, verbatim: true } });
  const blocks = [
    title !== undefined && {
      type: "header",
      text: {
        type: "plain_text",
        text: fitted(withoutMentions(oneLine(title)), ROBOT_SHOWN.slack.title),
        emoji: false,
      },
    },
    body !== undefined && section(said(body, ROBOT_SHOWN.slack.body)),
    link !== undefined && section(`<${slackEscaped(link)}|${LINK_TEXT.en}>`),
  ];
  // Shown where blocks are not: in the notification of the phone.
  return {
    text: said(lines(content), ROBOT_SHOWN.slack.body),
    blocks: blocks.filter((block) => block !== false),
  };
}

/** https://discord.com/developers/docs/resources/message#embed-object: title 256 characters, description 4,096. */
function discord({ content, createdAtMs }: WebhookMessage): Json {
  const { title, body, image, color, level } = content;
  const embed = present({
    title: title && fitted(title, ROBOT_SHOWN.discord.title),
    description: body && fitted(body, ROBOT_SHOWN.discord.body),
    url: linkOf(content.url),
    color: color ? Number.parseInt(color.slice(1), 16) : level && COLORS[level],
    image: image && { url: image },
    timestamp: new Date(createdAtMs).toISOString(),
  });
  return { embeds: [embed], allowed_mentions: { parse: [] } };
}

/** https://core.telegram.org/bots/api#sendmessage: 4,096 characters. No parse_mode: nothing in it is markup. */
function telegram({ content, priority }: WebhookMessage): Json {
  const { url } = content;
  const { characters } = ROBOT_WHOLE.telegram;
  const most = url === undefined ? characters : characters - url.length - 1;
  const text = [fitted(lines(content), most), url].filter((part) => part !== undefined).join("\n");
  return { text, ...(priority === "low" && { disable_notification: true }) };
}

/** https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot: 20 KB in all, so 4,500 characters of a body. */
function feishu({ content }: WebhookMessage): Json {
  const { title, body } = content;
  const link = linkOf(content.url);
  const paragraphs = [
    body !== undefined && [{ tag: "text", text: fitted(withoutTags(body), ROBOT_SHOWN.feishu.body) }],
    link !== undefined && [{ tag: "a", text: LINK_TEXT.zh, href: link }],
  ].filter((paragraph) => paragraph !== false);
  const post = present({
    title: title && fitted(withoutTags(oneLine(title)), ROBOT_SHOWN.feishu.title),
    content: paragraphs,
  });
  return { msg_type: "post", content: { post: { zh_cn: post } } };
}

const TITLE_BYTES = 400;

/** A title line, the body and a link in the Markdown that DingTalk and WeCom share, in so many bytes. */
function markdown({ title, body, url }: Content, heading: (text: string) => string, bytes: number): string {
  const link = linkOf(url);
  const head = title && heading(fitted(withoutLinks(oneLine(title)), TITLE_BYTES, utf8Bytes));
  const foot = link && `[${LINK_TEXT.zh}](${link})`;
  const left = bytes - utf8Bytes(head ?? "") - utf8Bytes(foot ?? "") - 2 * BREAK.length;
  // One line break alone is none in Markdown.
  const middle = body && fitted(withoutLinks(body).replaceAll("\n", "  \n"), left, utf8Bytes);
  return [head, middle, foot].filter((part) => part !== undefined).join(BREAK);
}
const BREAK = "\n\n";

/** https://open.dingtalk.com/document/orgapp/custom-robots-send-group-messages: 20,000 bytes in all. */
function dingtalk({ content }: WebhookMessage): Json {
  const shown = fitted(oneLine(content.title ?? content.body ?? ""), 64);
  const text = markdown(content, (title) => `#### ${title}`, ROBOT_WHOLE.dingtalk.bytes);
  // Nobody is called by what a text says: a mention needs the person's number here.
  return {
    msgtype: "markdown",
    markdown: { title: shown, text },
    at: { atMobiles: [], atUserIds: [], isAtAll: false },
  };
}

/** https://developer.work.weixin.qq.com/document/path/91770: Markdown of 4,096 bytes. */
const wecom = ({ content }: WebhookMessage): Json => ({
  msgtype: "markdown",
  markdown: { content: markdown(content, (title) => `**${title}**`, ROBOT_WHOLE.wecom.bytes) },
});

/** What each chat tool's robot is sent, but for what differs from person to person. */
export const ROBOTS: Record<Robot, (message: WebhookMessage) => Json> = {
  slack,
  discord,
  telegram,
  feishu,
  dingtalk,
  wecom,
};
