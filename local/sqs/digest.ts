import { createHash } from "node:crypto";
import type { AttributeMap, MessageAttribute } from "./shapes.ts";

const md5 = (data: string | Uint8Array) => createHash("md5").update(data).digest("hex");

export const bodyDigest = (body: string) => md5(body);

function lengthPrefixed(data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

function encodeAttribute(name: string, attribute: MessageAttribute): Buffer {
  const binary = attribute.DataType.startsWith("Binary");
  const value = binary
    ? Buffer.from(attribute.BinaryValue ?? "", "base64")
    : Buffer.from(attribute.StringValue ?? "");
  return Buffer.concat([
    lengthPrefixed(Buffer.from(name)),
    lengthPrefixed(Buffer.from(attribute.DataType)),
    Buffer.from([binary ? 2 : 1]),
    lengthPrefixed(value),
  ]);
}

/**
 * Sorted by name; each name, type and value with its length before it and one byte for the kind.
 * Source: "Calculating the MD5 message digest for message attributes", Amazon SQS Developer Guide.
 */
export function attributesDigest(attributes: AttributeMap | undefined): string | undefined {
  const names = Object.keys(attributes ?? {}).sort();
  if (!attributes || names.length === 0) return undefined;
  return md5(Buffer.concat(names.map((name) => encodeAttribute(name, attributes[name]!))));
}
