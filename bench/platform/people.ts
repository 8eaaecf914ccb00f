import { createECDH, randomBytes } from "node:crypto";
import { sha256Hex } from "../../functions/core/hash.ts";
import type { Device, Recipient, Token } from "../../functions/core/recipient/device.ts";
import { userCountKey } from "../../functions/storage/keys.ts";
import { saving } from "../../functions/storage/recipients.ts";
import { toAttributes } from "../../functions/storage/table.ts";
import type { Runtime } from "../../local/runtime/start.ts";

const BATCH = 25;
const AT_ONCE = 8;

/**
 * Writes people with one device each straight into Directory, as registrations would have left them: 45 of a
 * hundred on APNs, 45 on FCM, 10 in a browser.
 */
export async function seedPeople(
  { door, deployment }: Pick<Runtime, "door" | "deployment">,
  app: string,
  count: number,
): Promise<void> {
  const table = deployment.tables.find(({ logicalId }) => logicalId.startsWith("Directory"))!.name;
  const write = (items: object[]) =>
    door.call({ kind: "admin" }, "dynamodb", "BatchWriteItem", {
      RequestItems: { [table]: items.map((Item) => ({ PutRequest: { Item } })) },
    });
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const first = next;
      next += BATCH;
      const size = Math.min(BATCH, count - first);
      await write(Array.from({ length: size }, (_, n) => itemOf(app, first + n)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await write([toAttributes({ ...userCountKey(app, ""), users: count })]);
}

/** Generating a key pair for each browser would take longer than the broadcast. */
const BROWSER_KEYS = Array.from({ length: 50 }, () => createECDH("prime256v1").generateKeys("base64url"));
const LONG_AGO_MS = Date.UTC(2026, 0, 1);

export const userName = (n: number): string => `user-${String(n).padStart(7, "0")}`;

function itemOf(app: string, n: number): object {
  const recipient: Recipient = {
    app,
    user: userName(n),
    createdAtMs: LONG_AGO_MS,
    locale: "en-GB",
    devices: [deviceOf(n)],
  };
  return toAttributes(saving(recipient, 0).item);
}

function deviceOf(n: number): Device {
  const share = n % 20;
  const [platform, token] =
    share < 9
      ? (["ios", tokenOf("apns", randomBytes(32).toString("hex"))] as const)
      : share < 18
        ? ([
            "android",
            tokenOf(
              "fcmToken",
              `${randomBytes(16).toString("base64url")}:APA91b${randomBytes(100).toString("base64url")}`,
            ),
          ] as const)
        : (["web", subscription(n)] as const);
  return {
    id: "d1",
    platform,
    status: "active",
    registeredAtMs: LONG_AGO_MS,
    lastSeenAtMs: Date.now(),
    tokens: [token],
  };
}

const tokenOf = (kind: Token["kind"], token: string): Token => ({
  kind,
  token,
  hash: sha256Hex(token),
  registeredAtMs: LONG_AGO_MS,
});

const subscription = (n: number): Token => ({
  ...tokenOf(
    "webpush",
    `https://updates.push.services.mozilla.com/wpush/v2/${randomBytes(100).toString("base64url")}`,
  ),
  keys: { p256dh: BROWSER_KEYS[n % BROWSER_KEYS.length]!, auth: randomBytes(16).toString("base64url") },
});
