import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeWords, headerOf, readMail } from "../../../../local/ses/mime.ts";
import { headLines, headNames, rawMail, SENT_AT_MS } from "./mail.ts";

const NAMES = [
  "from",
  "to",
  "subject",
  "message-id",
  "x-clarion-notification",
  "date",
  "mime-version",
  "content-type",
  "reply-to",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "content-transfer-encoding",
];

/** Whatever it was made of: known headers, each once, lines that SES takes, nothing but printable ASCII. */
function assertSound(raw: Buffer): void {
  const names = headNames(raw);
  assert.deepEqual([...new Set(names)], names, "no header twice");
  for (const name of names) assert.ok(NAMES.includes(name), `header ${JSON.stringify(name)}`);
  for (const line of headLines(raw)) assert.match(line, /^[\t\x20-\x7e]{1,997}$/);
  const text = raw.toString("latin1");
  assert.doesNotMatch(text, /[^\r]\n|\r[^\n]/, "no bare CR or LF");
  assert.doesNotMatch(text, /[^\t\r\n\x20-\x7e]/, "seven bits, no control characters");
  for (const line of text.split("\r\n")) assert.ok(line.length <= 998, `a line of ${line.length}`);
}

test("a mail's headers", async () => {
  const url = `https://api.example.com/v1/public/apps/a/unsubscribe/u/marketing/${"s".repeat(400)}`;
  const raw = await rawMail({ credentials: { replyTo: "help@example.com" }, unsubscribe: url });
  assertSound(raw);
  const { headers, text } = readMail(raw);
  assert.equal(headerOf(headers, "from"), "The Shop <shop@example.com>");
  assert.equal(headerOf(headers, "to"), "ann@example.org");
  assert.equal(headerOf(headers, "reply-to"), "help@example.com");
  assert.equal(headerOf(headers, "message-id"), "<m-1@example.com>");
  assert.equal(Date.parse(headerOf(headers, "date")!), SENT_AT_MS);
  assert.equal(headerOf(headers, "x-clarion-notification"), "n-1");
  assert.equal(headerOf(headers, "list-unsubscribe"), `<${url}>`);
  assert.equal(headerOf(headers, "list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  assert.equal(text, "World");
  const without = await rawMail({});
  assert.ok(!headNames(without).some((name) => name.startsWith("list-")));
});

test("one mail for many: each has its own headers, none has another's", async () => {
  const { composeMail } = await import("../../../../functions/providers/ses/mime.ts");
  const composed = await composeMail(
    {
      from: { name: "", address: "a@example.com" },
      subject: "S",
      text: "T",
      html: "<b>H</b>",
      notificationId: "n",
    },
    [],
    0,
  );
  const first = composed.rawFor({
    to: "x@example.com",
    messageId: "<1@e>",
    unsubscribe: "https://u.example/1",
  });
  const second = composed.rawFor({ to: "y@example.com", messageId: "<2@e>" });
  const third = composed.rawFor({
    to: "x@example.com",
    messageId: "<1@e>",
    unsubscribe: "https://u.example/1",
  });
  assert.equal(headerOf(readMail(second).headers, "to"), "y@example.com");
  assert.equal(headerOf(readMail(second).headers, "list-unsubscribe"), undefined);
  assert.deepEqual(third, first);
  for (const raw of [first, second]) {
    assertSound(raw);
    const { text, html } = readMail(raw);
    assert.deepEqual([text, html], ["T", "<b>H</b>"]);
  }
});

test("texts of any script come out as they went in", async () => {
  const subject = "Grüße — 你好 👋 und noch viel mehr Text, so dass die Zeile gewiss gefaltet werden muss";
  const text = `Zeile eins\r\n.\r\nFrom hier\r\n${"sehr lang ".repeat(300)}\r\n好`;
  const html = `<p>${"ü".repeat(2_000)}</p>`;
  const raw = await rawMail({
    over: { content: { email: { subject, text, html } } },
    credentials: { fromName: "Bücher, „Müller“ & Co; <x@y.example>" },
  });
  assertSound(raw);
  const read = readMail(raw);
  assert.equal(decodeWords(headerOf(read.headers, "subject")!), subject);
  const from = decodeWords(headerOf(read.headers, "from")!);
  assert.match(from, /Bücher, „Müller“ & Co; <x@y\.example>.* <shop@example\.com>$/s);
  assert.equal(read.text, text);
  assert.equal(read.html, html);
});

test("attachments have their bytes, names and types; parts within parts are files", async () => {
  const files = [
    { name: "Rechnung ü 1.pdf", type: "application/pdf", content: Buffer.from([0, 255, 13, 10, 46, 13, 10]) },
    { name: "list.csv", content: Buffer.from("a;b\n") },
    { name: "../../etc/passwd", content: Buffer.from("x") },
    { name: "mail.eml", type: "message/rfc822", content: Buffer.from("Subject: inner\r\n\r\n--x--") },
    { name: "m", type: "multipart/mixed", content: Buffer.from("--b\r\nX: y\r\n\r\n--b--") },
    { name: "page.html", type: "text/html", content: Buffer.from("<p>") },
  ];
  const raw = await rawMail({ files });
  assertSound(raw);
  const { attachments, text } = readMail(raw);
  assert.equal(text, "World", "an attached page does not take the text's place");
  assert.deepEqual(attachments, [
    { name: "Rechnung ü 1.pdf", type: "application/pdf", bytes: 7 },
    { name: "list.csv", type: "text/csv", bytes: 4 },
    { name: ".._.._etc_passwd", type: "application/octet-stream", bytes: 1 },
    { name: "mail.eml", type: "application/octet-stream", bytes: 23 },
    { name: "m", type: "application/octet-stream", bytes: 18 },
    { name: "page.html", type: "text/html", bytes: 3 },
  ]);
});

const NASTY = [
  "x\r\nBcc: evil@example.org",
  "x\nBcc: evil@example.org",
  "x\rBcc: evil@example.org",
  "x\r\n\r\n<h1>body</h1>",
  "x\u0000y",
  "\ud800lone\udc00",
  "=?utf-8?q?a=0D=0ABcc:_evil@example.org?=",
  "a\u2028Bcc: evil@example.org\u2029\u0085",
  '"; filename="evil.exe"; x="',
  "a\\",
  "Name <evil@example.org>",
  "evil@example.org, other@example.org",
  "a: b; c:",
  "(comment",
  "\t leading",
  " ",
  "ü".repeat(300),
];

test("no subject, name, id or file name makes a header of its own", async () => {
  for (const text of NASTY) {
    const raw = await rawMail({
      over: { notificationId: text, content: { title: text, email: { text: "T" } } },
      credentials: { fromName: text },
      files: [{ name: text, content: Buffer.from("x") }],
    });
    assertSound(raw);
    const { headers, attachments, text: body, html } = readMail(raw);
    const from = headerOf(headers, "from")!;
    assert.match(from, /(^|<)shop@example\.com>?$/, JSON.stringify(text));
    assert.equal(attachments.length, 1, JSON.stringify(text));
    assert.deepEqual([body, html], ["T", undefined], JSON.stringify(text));
  }
});

test("addresses that carry more than an address are none", async () => {
  for (const to of [...NASTY.filter((text) => text !== " "), "ann@exa\nmple.org"])
    await assert.rejects(rawMail({ to }), /no address/, JSON.stringify(to));
  const bent = "shop@exa\r\nmple.com";
  await assert.rejects(rawMail({ credentials: { from: bent } }), /no e-mail address/);
  await assert.rejects(
    rawMail({ credentials: { from: "shop@example.com", replyTo: bent } }),
    /no e-mail address/,
  );
});

test("nor does any text at all", async () => {
  const piece = fc.constantFrom(
    "\r\n",
    "\n",
    "\r",
    "\0",
    ":",
    "Bcc: a@b.example",
    "=?",
    "?=",
    '"',
    "\\",
    ";",
    "<",
    ">",
  );
  const any = fc.array(fc.oneof(piece, fc.string({ unit: "binary" }), fc.string()), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(any, any, any, async (a, b, c) => {
      const [subject, fromName, name] = [a, b, c].map((parts) => parts.join(""));
      const raw = await rawMail({
        over: { content: { title: "T", email: { subject: subject!, text: "body" } } },
        credentials: { fromName: fromName! },
        files: [{ name: name!, content: Buffer.from("x") }],
      });
      assertSound(raw);
      const mail = readMail(raw);
      assert.equal(mail.text, "body");
      assert.equal(mail.attachments.length, 1);
    }),
    { numRuns: 300 },
  );
});
