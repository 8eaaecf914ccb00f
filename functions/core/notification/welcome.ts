import * as z from "zod/mini";
import { Content } from "./content.ts";
import { text } from "./fields.ts";
import type { SendRequest } from "./request.ts";

/** A push takes 3,993 bytes, and an app's row is read with every request. */
const MOST_BYTES = 2_048;
/** Whoever opens the browser tomorrow is not new any more. */
const TTL_S = 3_600;

/** `defaults.welcome` of an app: what a browser is told once, when it has subscribed. */
export const Welcome = z
  .extend(
    z.pick(Content, {
      body: true,
      url: true,
      icon: true,
      image: true,
      badgeIcon: true,
      actions: true,
      data: true,
      web: true,
    }),
    { title: text(512) },
  )
  .check(
    z.refine(
      (welcome) => Buffer.byteLength(JSON.stringify(welcome)) <= MOST_BYTES,
      `must not be longer than ${MOST_BYTES} bytes`,
    ),
  );
export type Welcome = z.infer<typeof Welcome>;

/** On `ingest`: a browser has subscribed for the first time. */
export type WelcomeMessage = {
  v: 2;
  kind: "welcome";
  app: string;
  user: string;
  device: string;
  /** SHA-256 hex of the subscription's endpoint. */
  hash: string;
  /** When it subscribed; missing in messages of older versions. */
  askedAtMs?: number;
};

/** So long after it was asked for a welcome is worth sending. */
export const WORTH_SENDING_MS = TTL_S * 1000;

/** The id follows from the subscription: whoever asks again gets the notification that stands there. */
export function welcomeRequest({ user, device, hash }: WelcomeMessage, content: Welcome): SendRequest {
  return {
    id: `welcome-${hash.slice(0, 32)}`,
    to: { devices: [{ user, device }] },
    channels: ["webPush"],
    content,
    ttl: TTL_S,
  };
}
