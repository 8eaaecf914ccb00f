import { createECDH, randomBytes, randomUUID } from "node:crypto";
import type { Message, Target } from "../../functions/core/dispatch/provider.ts";

export const TARGETS_PER_JOB = 500;

export type Channel = "apns" | "fcm" | "webpush";
/** One message and its targets: what the dispatcher takes from its queue at once. */
export type Job = { message: Message; targets: Target[] };

let made = 0;

/** A job of its own content, for tokens that no other job has. */
export function makeJob(channel: Channel): Job {
  const nowMs = Date.now();
  const number = made++;
  const message: Message = {
    app: "bench",
    notificationId: `n-${number}`,
    content: {
      title: `Order ${number} is on its way`,
      body: "Your parcel has left the depot and arrives today between 14:00 and 16:00.",
      data: { order: String(number), screen: "tracking" },
    },
    category: "transactional",
    priority: "high",
    createdAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    ttlS: 3_600,
  };
  return { message, targets: Array.from({ length: TARGETS_PER_JOB }, () => TARGET[channel]()) };
}

const common = () => ({ user: "u", device: "d", messageId: randomUUID() });

const TARGET: Record<Channel, () => Target> = {
  apns: () => ({ ...common(), kind: "apns", token: randomBytes(32).toString("hex") }),
  fcm: () => ({
    ...common(),
    kind: "fcmToken",
    token: `${randomBytes(16).toString("base64url")}:APA91b${randomBytes(100).toString("base64url")}`,
  }),
  webpush: () => {
    const browser = createECDH("prime256v1");
    return {
      ...common(),
      kind: "webpush",
      token: `https://updates.push.services.mozilla.com/wpush/v2/${randomBytes(130).toString("base64url")}`,
      keys: {
        p256dh: browser.generateKeys("base64url"),
        auth: randomBytes(16).toString("base64url"),
      },
    };
  },
};
