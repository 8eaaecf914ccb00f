import assert from "node:assert/strict";
import { test } from "node:test";
import type { Content } from "../../../../functions/core/notification/content.ts";
import {
  canUnsubscribe,
  messageTags,
  personal,
  saysSomething,
  sesMail,
} from "../../../../functions/providers/ses/payload.ts";
import { message, target } from "../../../contract/provider-world.ts";
import { CREDENTIALS } from "./mail.ts";

const mail = (content: Content, credentials = {}) =>
  sesMail(message({ content }), { ...CREDENTIALS, ...credentials });

test("title and body stand in for subject and text, the url has its own line, and a plain HTML is made", () => {
  const { from, subject, text, html, replyTo } = mail({
    title: "Order <7>",
    body: 'It\'s "on" its way\n& soon there',
    url: "https://shop.example.com/o/7?a=1&b=2",
    image: "https://img.example.com/7.png",
  });
  assert.deepEqual(from, { name: "The Shop", address: "shop@example.com" });
  assert.equal(replyTo, undefined);
  assert.equal(subject, "Order <7>");
  assert.equal(text, 'It\'s "on" its way\r\n& soon there\r\n\r\nhttps://shop.example.com/o/7?a=1&b=2');
  assert.match(html!, /<h1[^>]*>Order &lt;7&gt;<\/h1>/);
  assert.match(html!, /It&#39;s &quot;on&quot; its way<br>\r\n&amp; soon there/);
  assert.match(html!, /<img src="https:\/\/img\.example\.com\/7\.png"/);
  assert.match(
    html!,
    /<a href="https:\/\/shop\.example\.com\/o\/7\?a=1&amp;b=2"[^>]*>shop\.example\.com<\/a>/,
  );
  assert.equal(html!.match(/https?:\/\//g)?.length, 2, "nothing is fetched but the image");
});

test("the email block's own texts come first, and bring no HTML that nobody wrote", () => {
  const own = mail({ title: "T", body: "B", email: { subject: "S", text: "plain" } });
  assert.deepEqual([own.subject, own.text, own.html], ["S", "plain", undefined]);
  const html = mail({ title: "T", body: "B", email: { html: "<p>H</p>" } });
  assert.deepEqual([html.subject, html.text, html.html], ["T", "B", "<p>H</p>"]);
  const both = mail({ email: { subject: "S", text: "plain", html: "<p>H</p>" } });
  assert.deepEqual([both.text, both.html], ["plain", "<p>H</p>"]);
  assert.equal(mail({ body: "first words" }).subject, "first words", "no mail goes without a subject");
  assert.equal(mail({ title: "only" }).text, "only");
});

test("the content's Reply-To goes before the credentials'; domains travel in punycode", () => {
  const over = { replyTo: "Help@Example.com" };
  assert.equal(mail({ title: "T" }, over).replyTo, "Help@example.com");
  assert.equal(
    mail({ title: "T", email: { replyTo: "a@bücher.example" } }, over).replyTo,
    "a@xn--bcher-kva.example",
  );
  assert.equal(
    mail({ title: "T" }, { from: "post@bücher.example" }).from.address,
    "post@xn--bcher-kva.example",
  );
});

test("content that no mail could show is told apart", () => {
  const silent: Content[] = [{}, { data: { a: "1" } }, { titleLoc: { key: "K" }, badgeCount: 3 }];
  for (const content of silent) assert.equal(saysSomething(content), false, JSON.stringify(content));
  const said: Content[] = [
    { title: "T" },
    { body: "B" },
    { email: { html: "<p>" } },
    { email: { attachments: [{ name: "a.txt", content: "YQ==" }] } },
  ];
  for (const content of said) assert.equal(saysSomething(content), true, JSON.stringify(content));
});

test("control characters leave texts and become spaces in lines", () => {
  const { subject, text, html, from } = mail(
    { title: "a\u0000b\u0085c\u2028d\ud800", body: "x\u0000y\u001b[31m\rz\tt\ud800" },
    { fromName: "N\u0007ame" },
  );
  assert.equal(subject, "a b c d\ufffd");
  assert.equal(text, "xy[31m\r\nz\tt\ufffd");
  assert.equal(from.name, "N ame");
  assert.doesNotMatch(html!, /(?![\t\r\n])\p{Cc}/u);
});

test("who may be written to, and under which id", () => {
  const own = (token: string) =>
    personal(target({ kind: "email", token, messageId: "id-1" }), { name: "", address: "shop@example.com" });
  assert.deepEqual(own("Ann@Example.ORG"), { to: "Ann@example.org", messageId: "<id-1@example.com>" });
  for (const wrong of [
    "",
    "ann",
    "a b@example.org",
    "ann@example",
    "a\r\nBcc: x@example.org",
    "ü@example.org",
    // Parsers of domains drop line breaks without a word.
    "ann@exa\r\nmple.org",
  ])
    assert.equal(own(wrong), undefined, JSON.stringify(wrong));
});

test("tags hold only what SES takes, and give the ids back", () => {
  const ids = { app: "my-shop", notificationId: "order:7~a@b+c.d", user: `ü.${"x".repeat(120)}` };
  const tags = messageTags(message(ids), target({ user: ids.user }));
  for (const { Name, Value } of tags) {
    assert.match(Name, /^[A-Za-z0-9_-]{1,256}$/);
    assert.match(Value, /^[A-Za-z0-9_-]{1,256}$/);
  }
  const [app, notification, user] = tags.map(({ Value }) => Value);
  assert.equal(app, "my-shop");
  assert.equal(Buffer.from(notification!, "base64url").toString(), ids.notificationId);
  assert.equal(Buffer.from(user!, "base64url").toString(), ids.user);
});

test("all mail but transactional can be switched off with one click, unless the app says otherwise", () => {
  assert.equal(canUnsubscribe({ category: "transactional" }), false);
  for (const category of ["marketing", "social", "system", "urgent", "shop-news", "constructor"])
    assert.equal(canUnsubscribe({ category }), true);
  assert.equal(canUnsubscribe({ category: "transactional", unsubscribe: true }), true);
  assert.equal(canUnsubscribe({ category: "invoices", unsubscribe: false }), false);
});
