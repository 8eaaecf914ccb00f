import { createHash } from "node:crypto";
import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import { formBody, json, type VendorMessage, type VendorShape, type VendorState } from "./vendor.ts";

const TOKEN_LIFE_MS = 24 * 3_600_000;
const CLOCK_MS = 10 * 60_000;
const MOST_TOKENS = 1_000;
const UNICAST = "/server/v1/message/notification/unicast";
const BATCH = `${UNICAST}_batch`;
const CATEGORIES = /^(IM|ACCOUNT|TODO|DEVICE_REMINDER|ORDER|SUBSCRIPTION|NEWS|CONTENT|MARKETING|SOCIAL)$/;

const said = (code: number, message: string, data: unknown = {}): FakeAnswer =>
  json(200, { code, message, data });

type Sent = { target_type: number; target_value: string; notification: Record<string, unknown> };

/** Who sent one message alone: the answer to one has another shape than to a list of one. */
const alone = new WeakSet<VendorMessage>();

/** OPPO Push at home and abroad, with its token endpoint. */
export const oppoShape: VendorShape = {
  name: "oppo",
  isOther: ({ path }) => path === "/server/v1/auth",
  other(request, state) {
    const { app_key: key, timestamp = "", sign } = formBody(request);
    const known = state.trusted.find(({ appKey }) => appKey === key);
    if (known === undefined) return said(14, "Invalid App Key");
    if (!(Math.abs(Number(timestamp) - state.now()) < CLOCK_MS)) return said(19, "Invalid Timestamp");
    const text = `${key}${timestamp}${String(known["masterSecret"])}`;
    if (sign !== createHash("sha256").update(text).digest("hex")) return said(16, "Invalid Signature");
    const token = state.issue({ ...known, region: regionOf(request) }, TOKEN_LIFE_MS);
    return said(0, "Success", { auth_token: token, create_time: state.now() });
  },
  read(request, state) {
    const form = formBody(request);
    const refused = refusalOf(request, form, state);
    if (refused) return { refused };
    const messages = messagesOf(request, form);
    if (messages.length === 0 || messages.length > MOST_TOKENS) return { refused: said(40, "messages") };
    const wrong = messages.map((sent) => wrongOf(sent)).find((code) => code !== undefined);
    if (wrong !== undefined) return { refused: said(wrong, "Invalid message") };
    const region = regionOf(request);
    const astray = messages.some(({ target_value: id }) => regionOfId(id) !== region);
    if (astray) return { refused: said(10000, "Invalid Registration_id") };
    const message = {
      tokens: messages.map((sent) => sent.target_value),
      payload: messages[0]?.notification,
      by: form["auth_token"],
    };
    if (request.path === UNICAST) alone.add(message);
    return message;
  },
  answer(results, message) {
    const of = ({ token, code }: (typeof results)[number], index: number) => ({
      messageId: `m${index + 1}`,
      registrationId: token,
      ...(code !== undefined && { errorCode: Number(code), errorMessage: "as told" }),
    });
    if (!alone.has(message)) return said(0, "", results.map(of));
    const [only] = results;
    return only?.code === undefined
      ? said(0, "", { messageId: "m1" })
      : said(Number(only.code), "Invalid Registration_id");
  },
  refusal: (status, code) => json(status, { code: Number(code ?? -1), message: "as told", data: {} }),
};

const regionOf = ({ host }: FakeRequest): "china" | "abroad" =>
  host.startsWith("api-intl.") ? "abroad" : "china";
const regionOfId = (id: string): "china" | "abroad" =>
  /^([^_]*|CN_[^_]*|[^_]*_CN_[^_]*)$/.test(id) ? "china" : "abroad";

function refusalOf(
  request: FakeRequest,
  { auth_token: token = "" }: Record<string, string>,
  state: VendorState,
): FakeAnswer | undefined {
  if (request.path !== UNICAST && request.path !== BATCH) return json(404, {});
  const holder = state.holder(token);
  return holder?.["region"] === regionOf(request) ? undefined : said(11, "Invalid AuthToken");
}

function messagesOf({ path }: FakeRequest, { message, messages }: Record<string, string>): Sent[] {
  try {
    return path === UNICAST ? [JSON.parse(message ?? "") as Sent] : (JSON.parse(messages ?? "") as Sent[]);
  } catch {
    return []; // refused by what follows
  }
}

/** The code by which OPPO refuses a message. */
function wrongOf({ target_type: type, target_value: id, notification }: Sent): number | undefined {
  if (type !== 2 || typeof id !== "string" || id === "") return 41;
  const { title, content, style, category, notify_level: level } = notification;
  const fits = (text: unknown, most: number) =>
    typeof text === "string" && text !== "" && [...text].length <= most;
  if (!fits(title, 50) || !fits(content, style === 2 ? 128 : 50)) return 31;
  if (category !== undefined ? !CATEGORIES.test(String(category)) : level !== undefined) return 67;
  const { action_parameters: parameters = "", off_line_ttl: ttl = 1, app_message_id: mine } = notification;
  if (String(parameters).length > 4_000 || typeof mine !== "string") return 25;
  return Number(ttl) > 0 && Number(ttl) <= 864_000 ? undefined : 25;
}
