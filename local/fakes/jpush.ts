import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import { json, jsonBody, type VendorShape, type VendorState } from "./vendor.ts";

const MOST_TOKENS = 1_000;
const ANDROID_BYTES = 4_000;
const IOS_BYTES = 2_000;
/** Seconds until the minute's requests are counted from the beginning. */
const RESET_S = "12";

const STATUS: Record<string, number> = { 1000: 500, 1004: 401, 1030: 503, 2002: 429 };

function error(code: string, message: string, status = STATUS[code] ?? 400): FakeAnswer {
  const answer = json(status, { error: { code: Number(code), message } });
  if (status !== 429) return answer;
  const limits = {
    "x-rate-limit-quota": "600",
    "x-rate-limit-remaining": "0",
    "x-rate-limit-reset": RESET_S,
  };
  return { ...answer, headers: { ...answer.headers, ...limits } };
}
const refused = (code: string, message: string) => ({ refused: error(code, message) });

/** JPush's Push API v3, of both its regions. */
export const jpushShape: VendorShape = {
  name: "jpush",
  /** Judged and not sent. */
  isOther: ({ path }) => path === "/v3/push/validate",
  other(request, state) {
    const wrong = knockedBack(request, state);
    if (wrong !== undefined) return wrong;
    const { audience: _audience, ...payload } = jsonBody(request);
    // Nobody has the registration id that it is tried with.
    return misshapen(payload) ?? error("1011", "cannot find user by this audience");
  },
  read(request, state) {
    if (request.path !== "/v3/push") return { refused: json(404, {}) };
    const fault = knockedBack(request, state);
    if (fault !== undefined) return { refused: fault };
    const { audience, ...payload } = jsonBody(request);
    const tokens = (audience as Record<string, unknown> | undefined)?.["registration_id"];
    if (!Array.isArray(tokens) || tokens.length === 0) return refused("1002", "Missing parameter: audience");
    if (tokens.length > MOST_TOKENS) return refused("1003", "The registration_id list is too long");
    const wrong = misshapen(payload);
    return wrong === undefined ? { tokens: tokens.map(String), payload } : { refused: wrong };
  },
  /** A registration id that is none spoils the request; one that cannot be reached is told of only when all are such. */
  answer(results) {
    const codes = results.map(({ code }) => code);
    if (codes.includes("1003")) return error("1003", "The registration_id is invalid");
    const [first] = codes;
    if (first !== undefined && !codes.includes(undefined)) return error(first, "as told");
    return json(200, { sendno: "0", msg_id: "1828" });
  },
  refusal: (status, code) => {
    if (code === undefined) return json(status, {});
    if (status === 200) return json(200, { sendno: "0", msg_id: code });
    return error(code, "as told", status);
  },
};

function knockedBack({ headers, host }: FakeRequest, { trusted }: VendorState): FakeAnswer | undefined {
  const given = (headers["authorization"] ?? "").replace(/^Basic /, "");
  const holder = trusted.find(
    ({ appKey, masterSecret }) => given === Buffer.from(`${appKey}:${masterSecret}`).toString("base64"),
  );
  if (holder === undefined) return error("1004", "Basic authentication failed");
  const isBeijing = host.startsWith("bjapi.");
  return (holder["region"] === "beijing") === isBeijing
    ? undefined
    : error("1008", "app_key is of another region");
}

function misshapen(payload: Record<string, unknown>): FakeAnswer | undefined {
  const { platform, notification, message, options } = payload;
  if (platform === undefined) return error("1002", "Missing parameter: platform");
  if (notification === undefined && message === undefined)
    return error("1002", "Missing parameter: notification or message");
  const { android, ios, hmos } = (notification ?? {}) as Record<string, Record<string, unknown> | undefined>;
  const bytes = (block: unknown) => (block === undefined ? 0 : Buffer.byteLength(JSON.stringify(block)));
  if (bytes(android) + bytes(message) > ANDROID_BYTES || bytes(ios) > IOS_BYTES)
    return error("1005", "The message is too long");
  if (hmos !== undefined && typeof hmos["category"] !== "string") return error("1002", "hmos.category");
  const { time_to_live: ttl, apns_production: production } = (options ?? {}) as Record<string, unknown>;
  if (!(Number.isInteger(ttl) && Number(ttl) >= 0 && Number(ttl) <= 259_200))
    return error("1003", "time_to_live");
  return typeof production === "boolean" ? undefined : error("1003", "apns_production");
}
