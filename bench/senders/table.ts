import { apnsFloor } from "./floor.ts";
import type { Channel } from "./jobs.ts";
import { ownApns, ownFcm, ownWebPush } from "./own.ts";
import { firebaseAdmin, nodeApn, nodeApnMulticast, webPush } from "./peers.ts";
import type { Sender, Setup } from "./sender.ts";

type Entry = {
  channel: Channel;
  make(setup: Setup): Sender | Promise<Sender>;
  /** It cannot be told another address: its process is led to the fake. */
  redirected?: boolean;
};

/** Every sender that is measured, under the name that its figures carry. */
export const SENDERS = {
  apns: { channel: "apns", make: ownApns },
  apns_floor: { channel: "apns", make: apnsFloor },
  node_apn: { channel: "apns", make: nodeApn, redirected: true },
  node_apn_multicast: { channel: "apns", make: nodeApnMulticast, redirected: true },
  fcm: { channel: "fcm", make: ownFcm },
  firebase_admin: { channel: "fcm", make: firebaseAdmin, redirected: true },
  webpush: { channel: "webpush", make: ownWebPush },
  web_push: { channel: "webpush", make: webPush, redirected: true },
} as const satisfies Record<string, Entry>;

export type SenderName = keyof typeof SENDERS;
