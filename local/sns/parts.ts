/** Characters of GSM 03.38, and those behind its escape, which take two places. */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const ESCAPED = "^{}\\[~]|€\f";

/** Places in a lone message, and in each part of a longer one, whose beginning says where it belongs. */
const GSM = { alone: 160, part: 153 };
const UCS2 = { alone: 70, part: 67 };

/** How many messages a text is to the carrier, who charges for each. No character is cut in two. */
export function smsParts(text: string): number {
  const characters = [...text];
  const isGsm = characters.every((character) => BASIC.includes(character) || ESCAPED.includes(character));
  const sizes = characters.map((character) =>
    isGsm ? (ESCAPED.includes(character) ? 2 : 1) : character.length,
  );
  const { alone, part } = isGsm ? GSM : UCS2;
  if (sizes.reduce((sum, size) => sum + size, 0) <= alone) return 1;
  let [parts, used] = [1, 0];
  for (const size of sizes) {
    if (used + size > part) [parts, used] = [parts + 1, 0];
    used += size;
  }
  return parts;
}
