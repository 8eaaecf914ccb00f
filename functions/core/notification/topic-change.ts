import * as z from "zod/mini";
import type { Recipient } from "../recipient/device.ts";
import { FcmTopic } from "./fan-out.ts";
import { Id } from "./request.ts";

export type TopicAction = "subscribe" | "unsubscribe";

/** POST /v1/fcm/topics:subscribe and :unsubscribe */
export const TopicRequest = z.strictObject({
  topic: FcmTopic,
  users: z.array(Id).check(z.minLength(1), z.maxLength(1_000)),
});
export type TopicRequest = z.infer<typeof TopicRequest>;

/** 202: how many people's devices will be looked up. */
export const TopicAnswer = z.lazy(() => z.object({ topic: z.string(), users: z.int() }));
export type TopicAnswer = z.infer<typeof TopicAnswer>;

/** On `dispatch-mobilePush-normal`: the FCM tokens that these people hold are to follow a topic, or not any more. */
export type TopicMessage = {
  v: 2;
  kind: "topic";
  app: string;
  topic: string;
  action: TopicAction;
  users: string[];
  /** When it was asked for: of two changes the later one counts, in whatever order they are carried out. */
  askedAtMs: number;
  /** How often it was sent again for those whom Google did not answer for. */
  tries: number;
  traceparent?: string;
};

/** Changes of one person and topic in their order; of the same millisecond, leaving counts. */
export const rankOf = ({ askedAtMs, action }: Pick<TopicMessage, "askedAtMs" | "action">): number =>
  askedAtMs * 2 + (action === "unsubscribe" ? 1 : 0);

/** A registration token and whose it is. */
export type Follower = { user: string; device: string; token: string; registeredAtMs: number };

/** The registration tokens of people; an installation id is none, and Google's batch takes none. */
export const followersOf = (recipients: readonly (Recipient | undefined)[]): Follower[] =>
  recipients.flatMap((recipient) =>
    (recipient?.devices ?? []).flatMap(({ id, tokens }) =>
      tokens
        .filter(({ kind, goneAtMs }) => kind === "fcmToken" && goneAtMs === undefined)
        .map(({ token, registeredAtMs }) => ({ user: recipient!.user, device: id, token, registeredAtMs })),
    ),
  );
