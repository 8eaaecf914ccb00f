/** What a vendor posted, as it came by the path in which it names itself: nothing of it is known to be true. */
export type VendorPost = {
  app: string;
  provider: string;
  /** Last part of the path: who knows it may speak for the vendor. */
  key: string;
  body: string;
  headers: Readonly<Record<string, string>>;
  receivedAtMs: number;
};

/**
 * On `receipts`, written by API Gateway (lib/constructs/receipt-intake.ts). All texts are base64 of UTF-8, so that
 * nothing that is posted can be more than a text in it; a header that was not sent is an empty one.
 */
export type VendorPostMessage = {
  v: 2;
  kind: "post";
  app: string;
  provider: string;
  key: string;
  body: string;
  headers: Record<string, string>;
  receivedAtMs: number;
};

export const isVendorPost = (message: object): message is VendorPostMessage =>
  "kind" in message && message.kind === "post";

export function openPost(message: VendorPostMessage): VendorPost {
  const headers = Object.entries(message.headers).map(([name, value]) => [name, textOf(value)] as const);
  return {
    app: textOf(message.app),
    provider: textOf(message.provider),
    key: textOf(message.key),
    body: textOf(message.body),
    headers: Object.fromEntries(headers.filter(([, value]) => value !== "")),
    receivedAtMs: message.receivedAtMs,
  };
}

const textOf = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");
