import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { smsSegments } from "../../../../functions/core/notification/sms-segments.ts";

const times = (text: string, count: number) => text.repeat(count);

test("what goes over the air, and in how many parts", () => {
  const cases: [text: string, encoding: string, units: number, parts: number][] = [
    ["Hello", "gsm7", 5, 1],
    [times("a", 160), "gsm7", 160, 1],
    [times("a", 161), "gsm7", 161, 2],
    [times("a", 306), "gsm7", 306, 2],
    [times("a", 307), "gsm7", 307, 3],
    // The extension table: two septets each.
    [times("€", 80), "gsm7", 160, 1],
    [times("€", 81), "gsm7", 162, 2],
    ["^{}\\[~]|€\f", "gsm7", 20, 1],
    // An escape is not cut from its septet: 152 septets of 153 are used in the first part.
    [times("€", 76 + 76 + 1), "gsm7", 306, 3],
    [`a${times("€", 76 + 76)}`, "gsm7", 305, 2],
    ["Grüße, ça va?", "ucs2", 13, 1],
    ["Größe ÄÖÜ ß ñ é à ò Ç Ω §", "gsm7", 25, 1],
    // Not in the table, though they look as if.
    ["ç", "ucs2", 1, 1],
    ["’", "ucs2", 1, 1],
    ["`", "ucs2", 1, 1],
    ["\t", "ucs2", 1, 1],
    ["\u001b", "ucs2", 1, 1],
    [times("你", 70), "ucs2", 70, 1],
    [times("你", 71), "ucs2", 71, 2],
    [times("你", 134), "ucs2", 134, 2],
    [times("你", 135), "ucs2", 135, 3],
    // A pair is not cut: 66 code units of 67 are used in each part.
    [times("😀", 35), "ucs2", 70, 1],
    [times("😀", 36), "ucs2", 72, 2],
    [times("😀", 66), "ucs2", 132, 2],
    [times("😀", 67), "ucs2", 134, 3],
    [`a${times("😀", 66)}`, "ucs2", 133, 2],
  ];
  for (const [text, encoding, units, parts] of cases)
    assert.deepEqual(smsSegments(text), { encoding, units, parts }, JSON.stringify(text.slice(0, 20)));
});

test("the whole basic table is one septet a character", () => {
  const table =
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  assert.equal(new Set(table).size, 127);
  assert.deepEqual(smsSegments(table), { encoding: "gsm7", units: 127, parts: 1 });
});

test("parts are never fewer than the units need, and never more than a cut character explains", () => {
  const texts = fc.oneof(fc.string({ unit: "grapheme", maxLength: 600 }), fc.string({ maxLength: 600 }));
  fc.assert(
    fc.property(texts, (text) => {
      const { encoding, units, parts } = smsSegments(text);
      const room = encoding === "gsm7" ? 153 : 67;
      if (parts === 1) assert.ok(units <= (encoding === "gsm7" ? 160 : 70));
      else assert.ok(parts >= Math.ceil(units / room) && parts <= Math.ceil(units / (room - 1)));
    }),
  );
});
