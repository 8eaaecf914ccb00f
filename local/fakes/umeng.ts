import { createHash } from "node:crypto";
import type { FakeAnswer } from "./secure-server.ts";
import { json, jsonBody, type VendorShape } from "./vendor.ts";

const URL_SIGNED = "https://msgapi.umeng.com/api/send";
const MOST_TOKENS = 500;
const PAYLOAD_BYTES = 1_840;
const CLOCK_MS = 10 * 60_000;
const WEEK_MS = 7 * 24 * 3_600_000;

const failed = (code: string, status = 400): FakeAnswer =>
  json(status, {
    ret: "FAIL",
    data: { error_code: code, error_msg: code === "2027" ? "签名不正确" : "as told" },
  });
const refused = (code: string) => ({ refused: failed(code) });

/** Umeng's U-Push: one Android device, or a list of them. */
export const umengShape: VendorShape = {
  name: "umeng",
  read(request, state) {
    const [path, query = ""] = request.path.split("?");
    if (path !== "/api/send") return { refused: json(404, {}) };
    const { appkey, timestamp, type, device_tokens: list, ...rest } = jsonBody(request);
    const holder = state.trusted.find(({ appKey }) => appKey === appkey);
    if (holder === undefined) return refused("2021");
    const expected = createHash("md5")
      .update(`POST${URL_SIGNED}`)
      .update(request.body)
      .update(String(holder["masterSecret"]))
      .digest("hex");
    if (new URLSearchParams(query).get("sign") !== expected) return refused("2027");
    if (typeof timestamp !== "string" || !/^(\d{10}|\d{13})$/.test(timestamp)) return refused("2036");
    const atMs = Number(timestamp) * (timestamp.length === 10 ? 1_000 : 1);
    if (Math.abs(atMs - state.now()) > CLOCK_MS) return refused("2028");
    const tokens = typeof list === "string" ? list.split(",").filter((token) => token !== "") : [];
    const most = type === "unicast" ? 1 : type === "listcast" ? MOST_TOKENS : 0;
    if (tokens.length === 0 || tokens.length > most) return refused("2008");
    const wrong = misshapen(rest as UmengBody, state.now());
    return wrong === undefined ? { tokens, payload: rest, by: String(appkey) } : refused(wrong);
  },
  /** Nothing is said of single devices: one that it refuses is the whole request's code. */
  answer(results) {
    const told = results.find(({ code }) => code !== undefined)?.code;
    return told === undefined ? json(200, { ret: "SUCCESS", data: { msg_id: "uu1" } }) : failed(told);
  },
  refusal: (status, code) => {
    if (code === undefined) return json(status, {});
    return status === 200 ? json(200, { ret: "SUCCESS", data: { msg_id: code } }) : failed(code, status);
  },
};

type UmengBody = {
  payload?: { display_type?: string; body?: Record<string, unknown> };
  policy?: { expire_time?: string };
  production_mode?: unknown;
};

function misshapen(
  { payload = {}, policy, production_mode: mode }: UmengBody,
  nowMs: number,
): string | undefined {
  if (Buffer.byteLength(JSON.stringify(payload)) > PAYLOAD_BYTES) return "2003";
  if (mode !== "true" && mode !== "false") return "2025";
  const expire = policy?.expire_time ?? "";
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(expire)) return "2015";
  const leftMs = Date.parse(`${expire.replace(" ", "T")}+08:00`) - nowMs;
  if (leftMs <= 0 || leftMs > WEEK_MS) return "2015";
  return textFault(payload);
}

function textFault({ display_type: type, body = {} }: NonNullable<UmengBody["payload"]>): string | undefined {
  if (type === "message") return body["custom"] === undefined ? "1003" : undefined;
  const isText = (name: string) => typeof body[name] === "string" && body[name] !== "";
  if (type !== "notification" || !["ticker", "title", "text"].every(isText)) return "1001";
  return body["after_open"] === "go_url" && !isText("url") ? "1007" : undefined;
}
