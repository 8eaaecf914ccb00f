import { createHash } from "node:crypto";
import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import { json, jsonBody, type VendorShape, type VendorState } from "./vendor.ts";

const AUTH = /^\/v2\/([^/]+)\/auth$/;
const SINGLE = /^\/v2\/([^/]+)\/push\/single\/(batch\/)?cid$/;
const MOST_MESSAGES = 200;
const DATA_CHARS = 3_072;
const LONGEST_TTL_MS = 259_200_000;
const TOKEN_LIFE_MS = 24 * 3_600_000;
const CLOCK_MS = 10 * 60_000;

const STATUS: Record<string, number> = { 10001: 401, 10003: 429, 10005: 429, 2: 503 };
const said = (code: number, msg: string, status = STATUS[code] ?? 400): FakeAnswer =>
  json(status, { code, msg });
const refused = (code: number, msg: string) => ({ refused: said(code, msg) });

/** Whether an app that is known belongs to another domain than it is asked for at. */
function elsewhere({ host }: FakeRequest, appId: string | undefined, { trusted }: VendorState): boolean {
  const app = trusted.find((one) => one["appId"] === appId);
  return app !== undefined && host !== (app["host"] ?? "restapi.getui.com");
}

const OTHER_DOMAIN = 301;

/** Getui's REST API V2: messages for single devices, one or many in a request. */
export const getuiShape: VendorShape = {
  name: "getui",
  isOther: ({ path }) => AUTH.test(path),
  other: authenticated,
  read(request, state) {
    const [, appId, batch] = SINGLE.exec(request.path) ?? [];
    if (appId === undefined) return refused(404, "no such interface");
    if (elsewhere(request, appId, state)) return refused(OTHER_DOMAIN, "domain error");
    const holder = state.holder(request.headers["token"] ?? "");
    if (holder === undefined || holder["appId"] !== appId) return refused(10001, "token is invalid");
    const body = jsonBody(request);
    const list = batch === undefined ? [body] : body["msg_list"];
    if (!Array.isArray(list) || list.length === 0 || list.length > MOST_MESSAGES || body["is_async"] === true)
      return refused(20001, "msg_list");
    const messages = list as GetuiMessage[];
    const wrong = messages.map(fault).find((text) => text !== undefined);
    if (wrong !== undefined) return refused(20001, wrong);
    if (new Set(messages.map(({ request_id: id }) => id)).size < messages.length)
      return refused(20001, "request_id is repeated");
    const [{ audience: _audience, request_id: _id, ...payload }] = messages as [GetuiMessage];
    return { tokens: messages.map(({ audience }) => String(audience?.cid?.[0])), payload };
  },
  answer(results) {
    const [first] = results;
    if (results.length === 1 && first?.code === "20001") return said(20001, "target user is invalid");
    const statuses = Object.fromEntries(
      results.map(({ token, code }) => [token, code ?? "successed_online"]),
    );
    return json(200, { code: 0, msg: "success", data: { RASS_1: statuses } });
  },
  refusal: (status, code) =>
    code === undefined ? json(status, {}) : json(status, { code: Number(code), msg: "as told" }),
};

function authenticated(request: FakeRequest, state: VendorState): FakeAnswer {
  const appId = AUTH.exec(request.path)?.[1];
  if (elsewhere(request, appId, state)) return said(OTHER_DOMAIN, "domain error");
  const { sign, timestamp, appkey } = jsonBody(request);
  const known = state.trusted.find((one) => one["appId"] === appId && one["appKey"] === appkey);
  const expected = createHash("sha256")
    .update(`${appkey}${timestamp}${known?.["masterSecret"]}`)
    .digest("hex");
  if (known === undefined || sign !== expected) return said(10001, "sign is invalid");
  if (typeof timestamp !== "string" || Math.abs(Number(timestamp) - state.now()) > CLOCK_MS)
    return said(10001, "timestamp is invalid");
  const token = state.issue(known, TOKEN_LIFE_MS);
  return json(200, {
    code: 0,
    msg: "success",
    data: { token, expire_time: String(state.now() + TOKEN_LIFE_MS) },
  });
}

type GetuiMessage = {
  request_id?: unknown;
  settings?: { ttl?: unknown };
  audience?: { cid?: unknown[] };
  push_message?: { notification?: Record<string, unknown>; transmission?: unknown };
  push_channel?: unknown;
};

const within = (value: unknown, most: number) =>
  typeof value === "string" && value !== "" && [...value].length <= most;

/** What is wrong with a message, if anything is. */
function fault({
  request_id: id,
  settings,
  audience,
  push_message: push = {},
}: GetuiMessage): string | undefined {
  if (!/^[\w-]{10,32}$/.test(String(id))) return "request_id";
  if (audience?.cid?.length !== 1) return "audience";
  const ttl = settings?.ttl;
  if (!(Number.isInteger(ttl) && Number(ttl) >= -1 && Number(ttl) <= LONGEST_TTL_MS)) return "ttl";
  const { notification, transmission } = push;
  if ((notification === undefined) === (transmission === undefined)) return "push_message";
  if (notification === undefined) return within(transmission, DATA_CHARS) ? undefined : "transmission";
  return shownFault(notification);
}

function shownFault({
  title,
  body,
  click_type: click,
  url,
  payload,
}: Record<string, unknown>): string | undefined {
  if (!within(title, 50)) return "title";
  if (!within(body, 256)) return "body";
  if (click === "url") return typeof url === "string" ? undefined : "url";
  return click === "payload" && within(payload, DATA_CHARS) ? undefined : "click_type";
}
