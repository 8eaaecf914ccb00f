import { type ApiClient, apiClient } from "../../local/demo/api-client.ts";
import type { TestApp, World } from "../e2e/harness.ts";

type Wrong = [client: ApiClient, method: string, path: string, body: unknown];
const KEYS = { p256dh: "B".repeat(87), auth: "A".repeat(22) };

/** Requests that are refused because of the value at hand: none of them hears it again. */
export function wrongValues(world: World, app: TestApp): Record<string, (text: string) => Wrong> {
  const device = (token: object): Wrong => [
    app.api,
    "PUT",
    "/v1/users/ann/devices/x",
    { platform: "web", tokens: [token] },
  ];
  const send = (request: object): Wrong => [
    app.api,
    "POST",
    "/v1/notifications",
    { to: { users: ["ann"] }, channels: ["mobilePush"], ...request },
  ];
  const credential = (name: string, body: object): Wrong => [
    world.admin,
    "PUT",
    `/v1/apps/${app.id}/providers/${name}`,
    body,
  ];
  return {
    "APNs token": (text) => device({ kind: "apns", token: text }),
    "APNs token in capitals and blanks": (text) =>
      device({ kind: "apns", token: `  ${text.toUpperCase()}  ` }),
    "FCM token": (text) => device({ kind: "fcmToken", token: `${text} with blanks` }),
    "FCM installation": (text) => device({ kind: "fcmFid", token: `${text}!!` }),
    endpoint: (text) => device({ kind: "webpush", endpoint: `https://127.0.0.1/${text}`, keys: KEYS }),
    "endpoint elsewhere": (text) =>
      device({ kind: "webpush", endpoint: `https://${text}.example.com/`, keys: KEYS }),
    "subscription keys": (text) =>
      device({
        kind: "webpush",
        endpoint: "https://web.push.apple.com/x",
        keys: { p256dh: text, auth: text },
      }),
    "kind of token": (text) => device({ kind: text, token: text }),
    platform: (text) => [app.api, "PUT", "/v1/users/ann/devices/x", { platform: text, tokens: [] }],
    model: (text) => [
      app.api,
      "PUT",
      "/v1/users/ann/devices/x",
      { platform: "ios", model: `${text}\n`, tokens: [] },
    ],
    name: (text) => [app.api, "PUT", "/v1/users/ann", { name: `${text}\u0007` }],
    zone: (text) => [app.api, "PUT", "/v1/users/ann", { zone: text }],
    locale: (text) => [app.api, "PUT", "/v1/users/ann", { locale: `${text}!` }],
    trait: (text) => [app.api, "PUT", "/v1/users/ann", { attributes: { a: [text] } }],
    title: (text) => send({ content: { title: [text] } }),
    "title's half character": (text) => send({ content: { title: `${text}\ud800` } }),
    body: (text) => send({ content: { title: "t", body: text.repeat(400) } }),
    data: (text) => send({ content: { title: "t", data: { a: { b: text } } } }),
    "payload too long": (text) => send({ content: { title: "t", data: { a: text.repeat(200) } } }),
    image: (text) => send({ content: { title: "t", image: `http://${text}` } }),
    priority: (text) => send({ priority: text, content: { title: "t" } }),
    time: (text) => send({ sendAt: text, content: { title: "t" } }),
    "broken JSON": (text) => [app.api, "POST", "/v1/notifications", `{"a":"${text}`],
    "broken JSON, short": (text) => [app.api, "POST", "/v1/notifications", text],
    "broken JSON, in mid-text": (text) => [app.api, "POST", "/v1/notifications", `{"a":${text}}`],
    "APNs key": (text) => credential("apns", { teamId: text, keyId: text, bundleId: text, privateKey: text }),
    "FCM key": (text) =>
      credential("fcm", { type: "service_account", project_id: "p", client_email: text, private_key: text }),
    "FCM token address": (text) => credential("fcm", { token_uri: `http://${text}/`, private_key: text }),
    "VAPID key": (text) => credential("webpush", { publicKey: text, privateKey: text, subject: text }),
    "client secret": (text) => credential("jwt", { secret: text.slice(0, 31) }),
    "API key": (text) => [
      apiClient(world.runtime.apiUrl, `ck_${app.id}.12345678.${text}`),
      "GET",
      "/v1/users/ann",
      undefined,
    ],
    "admin key": (text) => [apiClient(world.runtime.apiUrl, text), "GET", "/v1/apps", undefined],
    "client token": (text) => [
      apiClient(world.runtime.apiUrl, `${app.token("ann")}${text}`),
      "POST",
      "/v1/client/tickets",
      {},
    ],
  };
}
