import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { SocketClient } from "../../local/demo/socket-client.ts";
import {
  browserOf,
  ended,
  iphone,
  makeApp,
  person,
  pixel,
  startWorld,
  type TestApp,
  until,
  type World,
} from "../e2e/harness.ts";

/** What is taken at the door arrives as it was written, through tables, queues and providers' payloads. */
let world: World;
let app: TestApp;
let socket: SocketClient;
before(async () => {
  world = await startWorld();
  app = await makeApp(world, "scribe");
  await person(app, "ann", { phone: iphone("ann"), pixel: pixel("ann"), firefox: browserOf(world, app) });
  socket = await app.connect("ann");
});
after(async () => {
  socket.close();
  await world.close();
});

const TEXTS: Record<string, string> = {
  "what SQS refuses": "a\ufffeb\uffffc",
  "NUL and other controls": "a\u0000b\u0001c\u001bd\u007fe\u0085f",
  "line ends of all kinds": "a\nb\rc\r\nd\u2028e\u2029f\u000bg",
  "a byte order mark": "\ufeffa\ufeff",
  "the replacement character": "a\ufffdb",
  "beyond the first plane": "𝕏 👩‍👩‍👧‍👦 🇨🇭 \u{10ffff} \u{1fffe}",
  "right to left": "\u202eabc\u202c שלום مرحبا",
  "not normalised": "e\u0301 \u00e9 \u212b \ufb01",
  "quotes and escapes": "\"'`\\\\u0041 \\n \u0024{a} {{b}} %s %00 <b>&amp;</b>",
  "no text but blanks": " \t\u00a0\u3000 ",
};

type Arrived = { title: unknown; body: unknown; data: unknown };
type Apns = { aps: { alert: { title: string; body: string } }; note: string };
type Fcm = { message: { notification?: Arrived; data?: Record<string, string> } };
type WebPush = Arrived & { note: string };

/** As each receiver shows it. */
const ARRIVED = {
  apns: (payload: unknown): Arrived => {
    const { aps, note } = payload as Apns;
    return { ...aps.alert, data: note };
  },
  fcm: (payload: unknown): Arrived => {
    const { notification, data } = (payload as Fcm).message;
    return { title: notification?.title, body: notification?.body, data: data?.["note"] };
  },
  webpush: (payload: unknown): Arrived => {
    const { title, body, note } = payload as WebPush;
    return { title, body, data: note };
  },
};

for (const [what, text] of Object.entries(TEXTS)) {
  test(`${what}: the same text on every screen, from a short list and from a long one`, async () => {
    const crowd = Array.from({ length: 29 }, (_, n) => `nobody${n}`);
    for (const users of [["ann"], ["ann", ...crowd]]) {
      const before = socket.notifications().length;
      const content = { title: text, body: `[${text}]`, data: { note: `<${text}>` } };
      const channels = ["inApp", "mobilePush", "webPush"];
      const { id } = await app.api.ok("POST", "/v1/notifications", { to: { users }, channels, content });
      await ended(app, id);
      const expected: Arrived = { title: text, body: `[${text}]`, data: `<${text}>` };
      for (const name of ["apns", "fcm", "webpush"] as const)
        assert.deepEqual(ARRIVED[name](world.fakes[name].received.at(-1)?.payload), expected, name);
      await until("its frame", () => socket.notifications().length > before);
      const { data } = socket.notifications().at(-1)!;
      assert.deepEqual(
        [data["title"], JSON.stringify(data).includes(JSON.stringify(`<${text}>`))],
        [text, true],
      );
    }
  });
}
