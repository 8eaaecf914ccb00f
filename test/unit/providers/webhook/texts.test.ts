import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  fitted,
  linkOf,
  slackEscaped,
  slackLength,
  utf8Bytes,
  withoutLinks,
  withoutMentions,
  withoutTags,
} from "../../../../functions/providers/webhook/texts.ts";

const ZWSP = "\u200b";

test("a text is cut by characters, never within one", () => {
  assert.equal(fitted("abcde", 5), "abcde");
  assert.equal(fitted("abcdef", 5), "abcd…");
  assert.equal(fitted("😀😀😀", 2), "😀…");
  assert.equal(fitted("你好世界", 9, utf8Bytes), "你好…");
  assert.equal(fitted("<<<<", 9, slackLength), "<<…");
});

test("what is fitted fits, and stays as it is where it fitted", () => {
  for (const cost of [() => 1, utf8Bytes, slackLength])
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 3, max: 40 }), (text, most) => {
        const sum = (of: string) => [...of].reduce((total, character) => total + cost(character), 0);
        const cut = fitted(text, most, cost);
        assert.ok(sum(cut) <= most);
        assert.ok(cut.isWellFormed());
        assert.equal(cut === text, sum(text) <= most);
        if (cut !== text) assert.ok(cut.endsWith("…") && text.startsWith(cut.slice(0, -1)));
      }),
    );
});

test("nobody is called by what a text says", () => {
  assert.equal(
    withoutMentions("@channel @Here, a@everyone.example @channels"),
    `@${ZWSP}channel @${ZWSP}Here, a@${ZWSP}everyone.example @channels`,
  );
  assert.equal(withoutTags('<at user_id="all">x</at> a < b'), `<${ZWSP}at user_id="all">x<${ZWSP}/at> a < b`);
  assert.equal(withoutTags("<@zhang> <!here> <AT>"), `<${ZWSP}@zhang> <${ZWSP}!here> <${ZWSP}AT>`);
});

test("Slack's three characters, once each", () => {
  assert.equal(slackEscaped("<!channel> & &amp;"), "&lt;!channel&gt; &amp; &amp;amp;");
});

test("Markdown makes no link of a text, and none of a picture", () => {
  assert.equal(
    withoutLinks("[a](https://evil.example) ![b](x)"),
    `[a]${ZWSP}(https://evil.example) ![b]${ZWSP}(x)`,
  );
});

test("a link breaks out of no syntax", () => {
  assert.equal(
    linkOf("https://e.com/a|b>c)d(e]f[g'h`i\\j?x=<!channel>&y=1"),
    "https://e.com/a%7Cb%3Ec%29d%28e%5Df%5Bg%27h%60i/j?x=%3C!channel%3E&y=1",
  );
  assert.equal(linkOf("https://["), undefined);
  assert.equal(linkOf(undefined), undefined);
  assert.equal(linkOf(`https://e.com/${"x".repeat(2_050)}`), undefined);
});
