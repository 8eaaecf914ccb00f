/** GSM 03.38: the characters that take one septet each, in the order of its table (ESC, at 0x1b, is none of them). */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** Its extension table: an escape and a septet. */
const EXTENSION = "\f^{}\\[~]|€";

const SEPTETS = new Map<string, number>([
  ...[...BASIC].map((character): [string, number] => [character, 1]),
  ...[...EXTENSION].map((character): [string, number] => [character, 2]),
]);

/** Septets or UCS-2 code units that a message alone holds, and each part of a longer one behind its header. */
const ROOM = { gsm7: { alone: 160, part: 153 }, ucs2: { alone: 70, part: 67 } } as const;

export type Segments = {
  encoding: keyof typeof ROOM;
  /** Septets or UCS-2 code units of the whole text. */
  units: number;
  /** Messages that are paid for. */
  parts: number;
};

/** How a text goes over the air. One character that GSM 03.38 lacks makes all of it UCS-2. */
export function smsSegments(text: string): Segments {
  const characters = [...text];
  const encoding = characters.every((character) => SEPTETS.has(character)) ? "gsm7" : "ucs2";
  // In UCS-2 a character is one or two code units, as in a string here.
  const widths = characters.map((character) =>
    encoding === "gsm7" ? SEPTETS.get(character)! : character.length,
  );
  const units = widths.reduce((sum, width) => sum + width, 0);
  const { alone, part } = ROOM[encoding];
  return { encoding, units, parts: units <= alone ? 1 : partsOf(widths, part) };
}

/** An escape is never cut from its septet, nor one half of a surrogate pair from the other. */
function partsOf(widths: readonly number[], room: number): number {
  let parts = 1;
  let used = 0;
  for (const width of widths) {
    if (used + width > room) {
      parts++;
      used = 0;
    }
    used += width;
  }
  return parts;
}
