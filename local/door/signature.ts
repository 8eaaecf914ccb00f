import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from "node:crypto";
import { AwsError } from "./aws-error.ts";
import type { HttpRequest } from "./http.ts";

export type Scope = { accessKeyId: string; date: string; region: string; service: string };
type Authorization = Scope & { signedHeaders: string[]; signature: string };

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,\s]+), ?Signature=([0-9a-f]{64})$/;

export function parseAuthorization(header: string | undefined): Authorization {
  if (!header) {
    throw new AwsError(
      "MissingAuthenticationToken",
      "Request is missing Authentication Token: sign it (SigV4).",
      403,
    );
  }
  const match = AUTHORIZATION.exec(header);
  if (!match)
    throw new AwsError("IncompleteSignature", "The Authorization header is not a SigV4 header.", 403);
  // A match has every group of this expression, which the type of a match does not say.
  const [, accessKeyId, date, region, service, signedHeaders, signature] = match as unknown as string[];
  return {
    accessKeyId: accessKeyId!,
    date: date!,
    region: region!,
    service: service!,
    signedHeaders: signedHeaders!.split(";"),
    signature: signature!,
  };
}

const hmac = (key: string | Buffer | KeyObject, data: string) =>
  createHmac("sha256", key).update(data).digest();
const sha256 = (data: string | Uint8Array) => hash("sha256", data, "hex");

/** As objects: of bytes Node makes one for each signature, which takes five times as long as the HMAC. */
const signingKeys = new Map<string, KeyObject>();

function signingKey(secret: string, scope: Scope): KeyObject {
  const name = `${secret} ${scope.date} ${scope.region} ${scope.service}`;
  let key = signingKeys.get(name);
  if (!key) {
    const dateKey = hmac(`AWS4${secret}`, scope.date);
    key = createSecretKey(hmac(hmac(hmac(dateKey, scope.region), scope.service), "aws4_request"));
    // The virtual clock may pass thousands of days.
    if (signingKeys.size > 1000) signingKeys.clear();
    signingKeys.set(name, key);
  }
  return key;
}

const encode = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Every path segment is encoded once more than it travels: the rule of all services but S3. */
const canonicalPath = (path: string) => path.split("/").map(encode).join("/");

function canonicalQuery(query: URLSearchParams): string {
  return [...query]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
}

function canonicalRequest(request: HttpRequest, signedHeaders: string[]): string {
  const headers = signedHeaders.map((name) => {
    const value = request.headers[name];
    const text = Array.isArray(value) ? value.join(",") : (value ?? "");
    return `${name}:${text.trim().replace(/ +/g, " ")}\n`;
  });
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.join(""),
    signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
}

/**
 * Only who holds the secret can have signed this request. The age is not judged: a child whose clock was moved
 * between signing and arrival is no forger.
 */
export function verifySignature(
  request: HttpRequest,
  secretOf: (accessKeyId: string) => string | undefined,
): Scope {
  const authorization = parseAuthorization(request.headers.authorization);
  const secret = secretOf(authorization.accessKeyId);
  if (secret === undefined) {
    throw new AwsError(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
      403,
    );
  }
  const { date, region, service, signedHeaders } = authorization;
  const stringToSign = [
    "AWS4-HMAC-SHA256",
    String(request.headers["x-amz-date"] ?? request.headers.date ?? ""),
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest(request, signedHeaders)),
  ].join("\n");
  const expected = hmac(signingKey(secret, authorization), stringToSign);
  if (!timingSafeEqual(expected, Buffer.from(authorization.signature, "hex"))) {
    throw new AwsError(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
      403,
    );
  }
  return authorization;
}
