import assert from "node:assert/strict";
import { test } from "node:test";
import { Content } from "../../../../functions/core/notification/content.ts";
import { WEBHOOK_FORMATS, type WebhookFormat } from "../../../../functions/core/recipient/address.ts";
import { webhookBody } from "../../../../functions/providers/webhook/payload.ts";
import { message } from "../../../contract/provider-world.ts";

const ZWSP = "\u200b";
const full = Content.parse({
  title: "Order 7 <at>",
  body: "Hello @channel\n<!here> & [x](https://evil.example)",
  url: "https://shop.example/o?id=7&x=(1)",
  image: "https://shop.example/7.png",
  level: "warning",
  data: { order: "7" },
  metadata: { secret: "ours" },
  apns: { aps: {} },
  email: { subject: "S" },
  sms: { body: "S" },
});
const bodyOf = (format: WebhookFormat, content: object, over: object = {}) =>
  webhookBody(format, message({ content: content as Content, ...over }));

test("standard: all that the content says, and nothing that is the app's own or another channel's", () => {
  const { metadata, apns, email, sms, ...told } = full;
  assert.ok(metadata && apns && email && sms);
  assert.deepEqual(bodyOf("standard", full), {
    type: "notification",
    timestamp: "2025-06-15T15:06:40.000Z",
    data: { id: "n-1", category: "transactional", priority: "high", content: told },
  });
});

test("slack: a header, an escaped section and a link; the same as text", () => {
  const escaped = `Hello @${ZWSP}channel\n&lt;!here&gt; &amp; [x](https://evil.example)`;
  assert.deepEqual(bodyOf("slack", full), {
    text: `Order 7 &lt;at&gt;\n${escaped}`,
    blocks: [
      { type: "header", text: { type: "plain_text", text: "Order 7 <at>", emoji: false } },
      { type: "section", text: { type: "mrkdwn", text: escaped, verbatim: true } },
      {
        type: "section",
        text: {
          type: "mrkdwn",
          text: "<https://shop.example/o?id=7&amp;x=%281%29|Open>",
          verbatim: true,
        },
      },
    ],
  });
});

test("discord: an embed in the level's colour, or the caller's, that calls nobody", () => {
  assert.deepEqual(bodyOf("discord", full), {
    embeds: [
      {
        title: "Order 7 <at>",
        description: "Hello @channel\n<!here> & [x](https://evil.example)",
        url: "https://shop.example/o?id=7&x=%281%29",
        color: 0xd29922,
        image: { url: "https://shop.example/7.png" },
        timestamp: "2025-06-15T15:06:40.000Z",
      },
    ],
    allowed_mentions: { parse: [] },
  });
  const { embeds } = bodyOf("discord", { title: "T", color: "#00ff00" }) as { embeds: object[] };
  assert.deepEqual(embeds, [{ title: "T", color: 0x00ff00, timestamp: "2025-06-15T15:06:40.000Z" }]);
});

test("telegram: plain text with its link; silent where it is not urgent", () => {
  assert.deepEqual(bodyOf("telegram", full), {
    text: "Order 7 <at>\nHello @channel\n<!here> & [x](https://evil.example)\nhttps://shop.example/o?id=7&x=(1)",
  });
  assert.deepEqual(bodyOf("telegram", { body: "B" }, { priority: "low" }), {
    text: "B",
    disable_notification: true,
  });
});

test("feishu: a post", () => {
  assert.deepEqual(bodyOf("feishu", full), {
    msg_type: "post",
    content: {
      post: {
        zh_cn: {
          title: `Order 7 <${ZWSP}at>`,
          content: [
            [{ tag: "text", text: `Hello @channel\n<${ZWSP}!here> & [x](https://evil.example)` }],
            [{ tag: "a", text: "查看", href: "https://shop.example/o?id=7&x=%281%29" }],
          ],
        },
      },
    },
  });
});

test("dingtalk and wecom: Markdown", () => {
  const rest = `Hello @channel  \n<${ZWSP}!here> & [x]${ZWSP}(https://evil.example)\n\n[查看](https://shop.example/o?id=7&x=%281%29)`;
  assert.deepEqual(bodyOf("dingtalk", full), {
    msgtype: "markdown",
    markdown: { title: "Order 7 <at>", text: `#### Order 7 <${ZWSP}at>\n\n${rest}` },
    at: { atMobiles: [], atUserIds: [], isAtAll: false },
  });
  assert.deepEqual(bodyOf("wecom", full), {
    msgtype: "markdown",
    markdown: { content: `**Order 7 <${ZWSP}at>**\n\n${rest}` },
  });
  const { markdown } = bodyOf("dingtalk", { body: "a\nb" }) as { markdown: object };
  assert.deepEqual(markdown, { title: "a b", text: "a  \nb" });
});

test("robots with nothing to show are sent nothing; a server of one's own is, and so is a block of one's own", () => {
  for (const format of WEBHOOK_FORMATS) {
    const body = bodyOf(format, { data: { order: "7" }, url: "https://e.com/x" });
    if (format === "standard") assert.equal(typeof body, "object");
    else assert.equal(body, "nothing_to_say", format);
  }
  const own = bodyOf("slack", { webhook: { blocks: [{ type: "divider" }] } });
  assert.deepEqual(own, { text: "", blocks: [{ type: "divider" }] });
});

test("the caller's block goes over it, key by key, and into nobody's prototype", () => {
  const webhook = JSON.parse(
    '{"type":"order.shipped","data":{"content":{"n":1},"__proto__":{"x":1}},"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":2}',
  );
  const body = bodyOf("standard", { title: "T", webhook }) as Record<string, unknown>;
  const text = JSON.stringify(body);
  assert.equal(body["type"], "order.shipped");
  assert.deepEqual(body["data"], {
    id: "n-1",
    category: "transactional",
    priority: "high",
    content: { title: "T", n: 1 },
  });
  assert.ok(!text.includes("__proto__"), text);
  assert.equal(Object.getPrototypeOf(body), Object.prototype);
  assert.equal(body["toString"], 2);
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});

const LONG = ["x", "你", "😀", "&", "<a", "\n\n\n", '"', "a b\n"];
const LIMITS: Record<string, (body: never) => [what: string, length: number, most: number][]> = {
  slack: ({ text, blocks }: { text: string; blocks: { text: { text: string } }[] }) => [
    ["text", [...text].length, 3_000],
    ["header", [...blocks[0]!.text.text].length, 150],
    ["section", [...blocks[1]!.text.text].length, 3_000],
  ],
  discord: ({ embeds: [embed] }: { embeds: { title: string; description: string }[] }) => [
    ["title", [...embed!.title].length, 256],
    ["description", [...embed!.description].length, 4_096],
  ],
  telegram: ({ text }: { text: string }) => [["text", [...text].length, 4_096]],
  feishu: (body: object) => [["bytes", Buffer.byteLength(JSON.stringify(body)), 20_000]],
  dingtalk: (body: object) => [["bytes", Buffer.byteLength(JSON.stringify(body)), 20_000]],
  wecom: ({ markdown }: { markdown: { content: string } }) => [
    ["bytes", Buffer.byteLength(markdown.content), 4_096],
  ],
};

test("the longest texts are cut to what each tool takes, in whole characters, and keep their link", () => {
  for (const [format, measure] of Object.entries(LIMITS))
    for (const piece of LONG) {
      const body = piece.repeat(8_192 / piece.length);
      const title = piece.repeat(512 / piece.length);
      const url = `https://shop.example/${"y".repeat(300)}`;
      const made = bodyOf(format as WebhookFormat, { title, body, url });
      const told = `${format} of ${JSON.stringify(piece)}`;
      assert.ok(typeof made === "object", `${told}: ${made}`);
      const text = JSON.stringify(made);
      assert.ok(text.includes("y".repeat(300)), told);
      assert.ok(!text.includes("\\ud"), `${told}: half a character`);
      for (const [what, length, most] of measure(made as never))
        assert.ok(length <= most, `${told}: ${what} ${length} > ${most}`);
    }
});

test("a block of one's own that is too long is refused, not cut", () => {
  const webhook = { card: "x".repeat(25_000) };
  assert.equal(bodyOf("feishu", { title: "T", webhook }), "payload_too_large");
  assert.equal(bodyOf("dingtalk", { title: "T", webhook }), "payload_too_large");
  assert.equal(typeof bodyOf("standard", { title: "T", webhook }), "object");
});
