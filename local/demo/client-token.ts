import { createHmac } from "node:crypto";

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A token of an app's user as the app's own server would sign it (HS256). */
export function clientToken(app: string, user: string, secret: string, nowMs: number, lifeS = 3_600): string {
  const nowS = Math.floor(nowMs / 1000);
  const head = encoded({ alg: "HS256", typ: "JWT" });
  const claims = encoded({ sub: user, app, iat: nowS, exp: nowS + lifeS });
  const signature = createHmac("sha256", secret).update(`${head}.${claims}`).digest("base64url");
  return `${head}.${claims}.${signature}`;
}
