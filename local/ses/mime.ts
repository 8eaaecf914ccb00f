/** Reads a mail as a mail program would, as far as tests and people want to see it. */

export type Headers = [name: string, value: string][];
export type Part = { headers: Headers; body: Buffer };
export type Attachment = { name: string; type: string; bytes: number };
export type Mail = {
  headers: Headers;
  text?: string;
  html?: string;
  attachments: Attachment[];
};

const MAX_DEPTH = 10;

/** Header lines of a message or part, folded lines joined, names in small letters, values as they stand there. */
function split(raw: Buffer): Part {
  const at = /\r?\n\r?\n/.exec(raw.subarray(0, 256 * 1024).toString("latin1"));
  const head = at === null ? raw : raw.subarray(0, at.index);
  const body = at === null ? Buffer.alloc(0) : raw.subarray(at.index + at[0].length);
  const lines = head
    .toString("utf8")
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/);
  const headers = lines.flatMap((line): Headers => {
    const colon = line.indexOf(":");
    return colon > 0 ? [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]] : [];
  });
  return { headers, body };
}

export const headerOf = (headers: Headers, name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

/** Encoded words (RFC 2047); white space between two of them is not part of the text. */
export function decodeWords(text: string): string {
  return text.replace(/(\?=)\s+(=\?)/g, "$1$2").replace(/(?:=\?[\w-]+\?[bq]\?[^?\s]*\?=)+/gi, (run) => {
    // A character may be split over two words: their bytes are joined first.
    const words = [...run.matchAll(/=\?[\w-]+\?([bq])\?([^?\s]*)\?=/gi)];
    const bytes = words.map(([, kind, data = ""]) =>
      kind?.toLowerCase() === "b" ? Buffer.from(data, "base64") : quotedPrintable(data.replaceAll("_", " ")),
    );
    return Buffer.concat(bytes).toString("utf8");
  });
}

function quotedPrintable(text: string): Buffer {
  const bytes = text
    .replace(/=[ \t]*\r?\n/g, "")
    .replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1");
}

function decoded({ headers, body }: Part): Buffer {
  switch (headerOf(headers, "content-transfer-encoding")?.toLowerCase()) {
    case "base64":
      return Buffer.from(body.toString("latin1"), "base64");
    case "quoted-printable":
      return quotedPrintable(body.toString("latin1"));
    default:
      return body;
  }
}

type Valued = { value: string; parameters: Map<string, string> };

/** A value with parameters; pieces of one and percent encoding (RFC 2231) are joined, then decoded. */
function valued(text: string): Valued {
  const [value = "", ...rest] = text.split(/;(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  const parameters = new Map<string, string>();
  const encoded = new Set<string>();
  for (const piece of rest) {
    const [, name, star, raw = ""] = /^\s*([\w-]+)(\*(?:\d+\*?)?)?\s*=\s*(.*)$/s.exec(piece) ?? [];
    if (name === undefined) continue;
    const key = name.toLowerCase();
    const bare = raw.trim().replace(/^"(.*)"$/s, (_, inner: string) => inner.replace(/\\(.)/g, "$1"));
    parameters.set(key, (parameters.get(key) ?? "") + bare);
    if (star?.endsWith("*")) encoded.add(key);
  }
  for (const key of encoded)
    parameters.set(key, percentDecoded(parameters.get(key)!.replace(/^[\w-]*'[\w-]*'/, "")));
  return { value: value.trim().toLowerCase(), parameters };
}

const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // half a character: shown as it came
  }
};

function partsOf(body: Buffer, boundary: string): Buffer[] {
  const text = body.toString("latin1");
  const mark = `--${boundary}`;
  const found: Buffer[] = [];
  let start = -1;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) {
    if (at !== 0 && text[at - 1] !== "\n") continue;
    if (start !== -1) found.push(body.subarray(start, text[at - 2] === "\r" ? at - 2 : at - 1));
    if (text.startsWith("--", at + mark.length)) return found;
    start = text.indexOf("\n", at) + 1;
  }
  return found;
}

function visit(part: Part, mail: Mail, depth: number): void {
  const type = valued(headerOf(part.headers, "content-type") ?? "text/plain");
  const boundary = type.parameters.get("boundary");
  if (type.value.startsWith("multipart/") && boundary !== undefined && depth < MAX_DEPTH) {
    for (const inner of partsOf(part.body, boundary)) visit(split(inner), mail, depth + 1);
    return;
  }
  const disposition = valued(headerOf(part.headers, "content-disposition") ?? "");
  const bytes = decoded(part);
  if (disposition.value === "attachment" || !/^text\/(plain|html)$/.test(type.value)) {
    const name = disposition.parameters.get("filename") ?? type.parameters.get("name") ?? "";
    mail.attachments.push({ name: decodeWords(name), type: type.value, bytes: bytes.length });
    return;
  }
  if (type.value === "text/html") mail.html ??= bytes.toString("utf8");
  else mail.text ??= bytes.toString("utf8");
}

export function readMail(raw: Buffer): Mail {
  const part = split(raw);
  const mail: Mail = { headers: part.headers, attachments: [] };
  visit(part, mail, 0);
  return mail;
}

/** The headers alone, of a mail of which only the beginning is at hand. */
export const readHeaders = (start: Buffer): Headers => split(start).headers;

/** The bare address in `Name <address>`. */
export const bareAddress = (text: string): string => (/<([^<>]*)>\s*$/.exec(text)?.[1] ?? text).trim();
