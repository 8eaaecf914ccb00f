import { generateKeyPairSync } from "node:crypto";
import { Agent } from "node:https";
import { createRequire } from "node:module";
import type { Target } from "../../functions/core/dispatch/provider.ts";
import type { Job } from "./jobs.ts";
import { vapidPair } from "./own.ts";
import { IN_FLIGHT, keepInFlight, type Sender, type Setup } from "./sender.ts";

/**
 * The libraries that others send with, each used as its documentation says. They are installed for the benchmark
 * alone and may be missing where types are checked, so what is used of them is written down here.
 */

const peer = createRequire(import.meta.url);
/** As long as a real one, and as the one that Clarion's sender is given. */
const ACCESS_TOKEN = `ya29.${"x".repeat(200)}`;

type Note = { id?: string };
type ApnProvider = { send(note: Note, tokens: string | string[]): Promise<{ sent: unknown[] }> };
type Apn = {
  Provider: new (options: object) => ApnProvider;
  Notification: new (fields: object) => Note;
};

function apnParts({ ca }: Setup): { provider: ApnProvider; noteOf(job: Job): Note } {
  const { Provider, Notification } = peer("@parse/node-apn") as Apn;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const token = { key, keyId: "KEY1234567", teamId: "TEAM123456" };
  return {
    provider: new Provider({ token, production: true, ca: [ca] }),
    noteOf({ message: { content, notificationId, createdAtMs, ttlS } }) {
      return new Notification({
        topic: "com.example.bench",
        pushType: "alert",
        priority: 10,
        expiry: Math.floor(Date.now() / 1_000) + ttlS,
        collapseId: notificationId,
        alert: { title: content.title, body: content.body },
        payload: { ...content.data, notificationId, timestamp: createdAtMs },
      });
    },
  };
}

/**
 * The requests that Clarion sends, each with an `apns-id` of its own: a notification and a call for each token, as in
 * the library's own example of individual notifications.
 */
export function nodeApn(setup: Setup): Sender {
  const { provider, noteOf } = apnParts(setup);
  const sendOne = async (job: Job, { token, messageId }: Target): Promise<boolean> => {
    const note = noteOf(job);
    note.id = messageId;
    return (await provider.send(note, token)).sent.length === 1;
  };
  function* sends(jobs: readonly Job[]): Generator<Promise<boolean>> {
    for (const job of jobs) for (const target of job.targets) yield sendOne(job, target);
  }
  return { send: (jobs) => keepInFlight(IN_FLIGHT, sends(jobs)) };
}

/** One call for a whole job, which is the least it can cost; Apple then chooses the ids. */
export function nodeApnMulticast(setup: Setup): Sender {
  const { provider, noteOf } = apnParts(setup);
  return {
    async send(jobs) {
      let good = 0;
      for (const job of jobs) {
        const tokens = job.targets.map(({ token }) => token);
        good += (await provider.send(noteOf(job), tokens)).sent.length;
      }
      return good;
    },
  };
}

type AdminApp = { initializeApp(options: object): object };
type AdminMessaging = {
  getMessaging(app: object): { sendEach(messages: object[]): Promise<{ successCount: number }> };
};

/** `sendEach`, 500 messages a call, which is the most it takes. */
export function firebaseAdmin(): Sender {
  const { initializeApp } = peer("firebase-admin/app") as AdminApp;
  const { getMessaging } = peer("firebase-admin/messaging") as AdminMessaging;
  const credential = { getAccessToken: async () => ({ access_token: ACCESS_TOKEN, expires_in: 3_600 }) };
  const messaging = getMessaging(initializeApp({ credential, projectId: "clarion-bench" }));
  return {
    async send(jobs) {
      let good = 0;
      for (const job of jobs) good += (await messaging.sendEach(messagesOf(job))).successCount;
      return good;
    },
  };
}

function messagesOf({ message, targets }: Job): object[] {
  const { content, notificationId, createdAtMs, ttlS } = message;
  const common = {
    notification: { title: content.title, body: content.body },
    data: { ...content.data, notificationId, timestamp: String(createdAtMs) },
    android: { priority: "high", ttl: ttlS * 1_000, notification: { tag: notificationId } },
  };
  return targets.map(({ token }) => ({ ...common, token }));
}

type WebPush = {
  sendNotification(subscription: object, payload: string, options: object): Promise<{ statusCode: number }>;
};

/** The cheapest of 4, 8, 32, 100 and 500, all but the last within 5 %: it is bound by its processor. */
const WEB_PUSH_SOCKETS = 100;

/** `sendNotification` for each target, over an agent that keeps its connections. */
export function webPush(): Sender {
  const { sendNotification } = peer("web-push") as WebPush;
  const agent = new Agent({ keepAlive: true, maxSockets: WEB_PUSH_SOCKETS });
  const vapidDetails = { subject: "mailto:push@example.com", ...vapidPair() };
  function* sends(jobs: readonly Job[]): Generator<Promise<boolean>> {
    for (const { message, targets } of jobs) {
      const payload = webPushPayloadOf(message);
      const options = { vapidDetails, TTL: message.ttlS, urgency: "high", agent };
      for (const { token, keys } of targets)
        yield sendNotification({ endpoint: token, keys }, payload, options).then(isCreated);
    }
  }
  return { send: (jobs) => keepInFlight(IN_FLIGHT, sends(jobs)) };
}

const isCreated = ({ statusCode }: { statusCode: number }): boolean => statusCode === 201;

function webPushPayloadOf({ content, notificationId, createdAtMs }: Job["message"]): string {
  const { data, title, body } = content;
  return JSON.stringify({
    ...data,
    ...{ title, body, tag: notificationId, notificationId, timestamp: createdAtMs },
  });
}
