/** Texts that must not be where people look, by what they stand for. */
export type CanaryTexts = Record<string, string>;

/** Shorter ones would be found by chance. */
const LEAST_CHARS = 12;

/** The forms in which a text may hide in another: as it is, escaped, encoded. Compared without regard to case. */
function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const hex = /^(?:[0-9a-f]{2})+$/i.test(text) ? [Buffer.from(text, "hex").toString("base64url")] : [];
  const forms = [
    text,
    JSON.stringify(text).slice(1, -1),
    JSON.stringify(JSON.stringify(text)).slice(3, -3),
    encodeURIComponent(text),
    bytes.toString("hex"),
    // Inside a longer text, the first and last characters of base64 depend on what stands beside them.
    ...[0, 1, 2].flatMap((shift) => base64Inside(bytes, shift)),
    ...hex,
  ];
  return [...new Set(forms.map((form) => form.toLowerCase()))];
}

function base64Inside(bytes: Buffer, shift: number): string[] {
  const shifted = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replaceAll("=", "");
  const inner = shifted.slice(shift === 0 ? 0 : 4, -2);
  return [inner, inner.replaceAll("+", "-").replaceAll("/", "_")];
}

/** Looks for canaries in texts. @returns their names, for each text in which one is */
export function searcher(canaries: CanaryTexts): (text: string) => string[] {
  const forms = Object.entries(canaries).map(([name, text]) => {
    if (text.length < LEAST_CHARS) throw new Error(`the canary ${name} is too short to be looked for`);
    return { name, forms: formsOf(text) };
  });
  return (text) => {
    const lower = text.toLowerCase();
    return forms
      .filter((canary) => canary.forms.some((form) => lower.includes(form)))
      .map(({ name }) => name);
  };
}

/** A private key's PEM as lines of its body: a part of it is a leak too. */
export function pemLines(name: string, pem: string): CanaryTexts {
  const lines = pem.trim().split("\n").slice(1, -1);
  return Object.fromEntries(
    lines
      .map((line, n) => [`${name}, line ${n + 1}`, line])
      .filter(([, line]) => line!.length >= LEAST_CHARS),
  );
}

type JobMessage = { targets?: unknown[][]; tokens?: { token: string }[] };

/** A queue message without what it is there to carry: the addresses of its targets. */
export function withoutAddresses(body: string): string {
  const { targets, tokens: gone, ...rest } = JSON.parse(body) as JobMessage;
  const others = targets?.map(([user, device, kind, , registered, extra]) => {
    // Keys of a subscription, and the secret of a chat tool's robot: what the request is made with.
    const {
      p: _p,
      a: _a,
      s: _s,
      ...told
    } = typeof extra === "object" ? (extra as Record<string, unknown>) : {};
    return [user, device, kind, registered, told];
  });
  return JSON.stringify({ ...rest, others, gone: gone?.map(({ token: _, ...more }) => more) });
}
