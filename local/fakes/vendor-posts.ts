import { createHash, createHmac, randomUUID } from "node:crypto";
import type { VendorFakeName } from "./faults.ts";
import type { Received } from "./received.ts";
import type { VendorTrust } from "./vendor.ts";

/**
 * What became of a message, by a vendor's receipt; vivo, Meizu, JPush and Umeng do not tell of dead tokens, and Huawei,
 * Honor, OPPO and vivo not of clicks.
 */
export type PostedEvent = "delivered" | "clicked" | "dead";

/** A post of a vendor's; `url` where the message carried one, else the console has it. */
export type VendorPost = { url: string | undefined; headers: Record<string, string>; body: string };

type Sent = Pick<Received, "token" | "payload">;
type Json = Record<string, unknown>;
type Posting = { token: string; atMs: number; payload: Json; credentials: VendorTrust };
type Write = (code: string, posting: Posting) => VendorPost;

const CODES: Record<VendorFakeName, Partial<Record<PostedEvent, string>>> = {
  hms: { delivered: "0", dead: "2" },
  honor: { delivered: "40000002", dead: "40000003" },
  mi: { delivered: "1", clicked: "2", dead: "16" },
  oppo: { delivered: "push_arrive", dead: "regid_invalid" },
  vivo: { delivered: "0" },
  meizu: { delivered: "1", clicked: "2" },
  jpush: { delivered: "1", clicked: "2" },
  getui: { delivered: "0", clicked: "10010", dead: "110030" },
  umeng: { delivered: "1", clicked: "2" },
};

const part = (json: Json, name: string): Json => (json[name] ?? {}) as Json;
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

const posted = (url: unknown, json: unknown, headers: Record<string, string> = {}): VendorPost => ({
  url: text(url),
  headers: { "content-type": "application/json;charset=UTF-8", ...headers },
  body: JSON.stringify(json),
});
const form = (url: unknown, fields: Record<string, string>): VendorPost => ({
  url: text(url),
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

/** Each vendor's words for the same thing, with what its message gave it to hand back. */
const WRITE: Record<VendorFakeName, Write> = {
  hms(code, { token, atMs, payload, credentials }) {
    const { callback } = credentials as { callback?: { user: string; secret: string } };
    const headers: Record<string, string> = callback
      ? { "x-huawei-callback-id": callbackId(callback, atMs) }
      : {};
    const [old, next] = [part(payload, "android")["bi_tag"], part(payload, "pushOptions")["biTag"]];
    const v2 = {
      token,
      biTag: next,
      requestId: "157",
      deliveryStatus: { result: Number(code), timestamp: atMs },
    };
    const v1 = { token, biTag: old, appid: credentials["appId"], status: Number(code), timestamp: atMs };
    return posted(undefined, { statuses: [next === undefined ? v1 : v2] }, headers);
  },
  honor(code, { token, atMs, payload }) {
    const biTag = part(payload, "android")["biTag"];
    return posted(undefined, { statuses: [{ token, biTag, status: code, timestamp: String(atMs) }] });
  },
  mi: (code, { token, payload }) =>
    form(payload["extra.callback"], {
      data: JSON.stringify({
        slm1: {
          param: payload["extra.callback.param"],
          type: Number(code),
          targets: token,
          barStatus: "Enable",
        },
      }),
    }),
  oppo: (code, { token, atMs, payload }) =>
    posted(payload["call_back_url"], [
      {
        messageId: "m1",
        registrationIds: token,
        eventTime: String(atMs),
        param: payload["call_back_parameter"],
        eventType: code,
      },
    ]),
  vivo(code, { token, atMs, payload }) {
    const { callback, "callback.param": param } = part(payload, "extra");
    return posted(callback, { t1: { targets: token, ackTime: atMs, ackType: code, param } });
  },
  meizu(code, { token, payload, credentials }) {
    const { callback, "callback.param": param } = part(payload, "extra");
    return form(callback, {
      cb: JSON.stringify({ "m1-1": { param, type: Number(code), targets: [token] } }),
      access_token: String(credentials["receiptToken"] ?? "none"),
    });
  },
  jpush(code, { token, atMs, payload, credentials }) {
    const { url, params } = part(payload, "callback");
    const basic = Buffer.from(`${credentials["appKey"]}:${credentials["masterSecret"]}`).toString("base64");
    const receipt = { rid: token, msgid: "1828", type: Number(code), itime: atMs, params };
    return posted(url, [receipt], { authorization: `Basic ${basic}` });
  },
  getui(code, { token, credentials }) {
    const [appid, taskid, msgid] = [String(credentials["appId"]), "RASS_1", "msg1"];
    const signed = `${appid}${token}${taskid}${msgid}${credentials["masterSecret"]}`;
    const sign = createHash("md5").update(signed).digest("hex");
    return posted(undefined, { appid, cid: token, taskid, msgid, code: 200, desc: "", sign, actionId: code });
  },
  umeng: (code, { token, atMs, payload }) =>
    posted(payload["receipt_url"], [
      { device_token: token, msg_id: "uu1", type: Number(code), timestamp: atMs },
    ]),
};

/** Huawei's header over time, nonce and user name. */
function callbackId({ user, secret }: { user: string; secret: string }, atMs: number): string {
  const nonce = randomUUID();
  const value = createHmac("sha256", secret).update(`${atMs}${nonce}${user}`).digest("base64");
  return `timestamp=${atMs}; nonce=${nonce}; value=${value}`;
}

/** The receipt that a vendor would post for a message that its fake received; undefined where it has none of this kind. */
export function vendorPost(
  name: VendorFakeName,
  event: PostedEvent,
  { sent, credentials, atMs }: { sent: Sent; credentials: VendorTrust; atMs: number },
): VendorPost | undefined {
  const code = CODES[name][event];
  const payload = sent.payload as Json;
  return code === undefined
    ? undefined
    : WRITE[name](code, { token: sent.token, atMs, payload, credentials });
}
