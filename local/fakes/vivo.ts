import { createHash, randomUUID } from "node:crypto";
import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import { json, jsonBody, type VendorShape, type VendorState, type VendorTrust } from "./vendor.ts";

const TOKEN_LIFE_MS = 24 * 3_600_000;
const CLOCK_MS = 10 * 60_000;
const LIST = { least: 2, most: 1_000 };
const SYSTEM = /^(IM|ACCOUNT|TODO|DEVICE_REMINDER|ORDER|SUBSCRIPTION)$/;
const OPERATIONS = /^(NEWS|CONTENT|MARKETING|SOCIAL)$/;
const HOUR_MS = 3_600_000;

type Body = Record<string, unknown>;
type Saved = { to: VendorTrust; payload: Body };

/** Messages left for lists, of each running fake. */
const saved = new WeakMap<VendorState, Map<string, Saved>>();
const tasksOf = (state: VendorState): Map<string, Saved> => {
  const tasks = saved.get(state) ?? new Map<string, Saved>();
  saved.set(state, tasks);
  return tasks;
};

const said = (result: number, desc: string, more: object = {}): FakeAnswer =>
  json(200, { result, desc, ...more });
const taken = (more: object): FakeAnswer => said(0, "请求成功", more);

/** vivo Push: single messages, lists, and the token endpoint. */
export const vivoShape: VendorShape = {
  name: "vivo",
  isOther: ({ path }) => path === "/message/auth" || path === "/message/saveListPayload",
  other: (request, state) =>
    request.path === "/message/auth" ? token(request, state) : save(request, state),
  read(request, state) {
    const body = jsonBody(request);
    const refused = refusalOf(request, body, state);
    if (refused) return { refused };
    if (request.path === "/message/send") {
      const { regId, ...payload } = body;
      const wrong = typeof regId === "string" ? wrongOf(payload, state) : 10_050;
      return wrong === undefined
        ? { tokens: [regId as string], payload }
        : { refused: said(wrong, "as vivo says") };
    }
    const { regIds, taskId, requestId } = body;
    const task = tasksOf(state).get(String(taskId));
    if (task?.to["appId"] !== String(body["appId"]) || typeof requestId !== "string")
      return { refused: said(10_103, "taskId") };
    if (!Array.isArray(regIds) || regIds.length < LIST.least || regIds.length > LIST.most)
      return { refused: said(10_050, "regIds") };
    return { tokens: regIds.map(String), payload: { ...task.payload, taskId, list: requestId } };
  },
  /** A token's fault is a user's status where it is one digit, else the code of a message alone. */
  answer(results, { payload }) {
    const { list } = payload as Body;
    const invalidUsers = results
      .filter(({ code }) => code !== undefined)
      .map(({ token: userid, code }) => ({ userid, status: Number(code) }));
    if (list !== undefined)
      return taken({ requestId: list, ...(invalidUsers.length > 0 && { invalidUsers }) });
    const [only] = invalidUsers;
    if (only !== undefined && only.status > 9) return said(only.status, "regId不合法");
    return taken({ taskId: randomUUID(), ...(only && { invalidUser: only }) });
  },
  refusal: (status, code) => json(status, { result: Number(code ?? 10_099), desc: "as told" }),
};

function token(request: FakeRequest, state: VendorState): FakeAnswer {
  const { appId, appKey, timestamp, sign } = jsonBody(request);
  const known = state.trusted.find((one) => one["appId"] === String(appId) && one["appKey"] === appKey);
  if (known === undefined) return said(10_200, "appId or appKey");
  if (!(Math.abs(Number(timestamp) - state.now()) < CLOCK_MS)) return said(10_207, "timestamp");
  const text = `${String(appId)}${String(appKey)}${String(timestamp)}${String(known["appSecret"])}`;
  if (sign !== createHash("md5").update(text).digest("hex")) return said(10_202, "sign");
  return taken({ authToken: state.issue(known, TOKEN_LIFE_MS) });
}

function save(request: FakeRequest, state: VendorState): FakeAnswer {
  const payload = jsonBody(request);
  const refused = refusalOf(request, payload, state);
  if (refused) return refused;
  const wrong = wrongOf(payload, state);
  if (wrong !== undefined) return said(wrong, "as vivo says");
  const taskId = randomUUID();
  tasksOf(state).set(taskId, { to: state.holder(request.headers["authtoken"] ?? "")!, payload });
  return taken({ taskId });
}

function refusalOf({ path, headers }: FakeRequest, body: Body, state: VendorState): FakeAnswer | undefined {
  if (!/^\/message\/(send|saveListPayload|pushToList)$/.test(path)) return json(404, {});
  const holder = state.holder(headers["authtoken"] ?? "");
  if (holder === undefined) return said(10_000, "权限认证失败");
  return holder["appId"] === String(body["appId"]) ? undefined : said(10_094, "appId");
}

/** The code by which vivo refuses a message. */
function wrongOf(body: Body, state: VendorState): number | undefined {
  const { title, content, timeToLive: ttl, clientCustomMap: own = {}, requestId, category } = body;
  const fits = (text: unknown, most: number) =>
    typeof text === "string" && text.trim() !== "" && [...text].length <= most;
  if (!fits(title, 40)) return 10_054;
  if (!fits(content, 100)) return 10_055;
  if (!(Number(ttl) >= 60 && Number(ttl) <= 86_400)) return 10_056;
  if (body["skipType"] === 2 ? !fits(body["skipContent"], 1_024) : body["skipType"] !== 1) return 10_057;
  if (JSON.stringify(own).length > 1_024) return 10_060;
  if (!fits(requestId, 64)) return 10_061;
  return wrongClass(body["classification"], String(category)) ?? closed(body, state);
}

function wrongClass(classification: unknown, category: string): number | undefined {
  if (!SYSTEM.test(category) && !OPERATIONS.test(category)) return 10_096;
  return (classification === 1 ? SYSTEM : OPERATIONS).test(category) ? undefined : 10_097;
}

function closed({ classification }: Body, state: VendorState): number | undefined {
  const hour = Math.floor((state.now() / HOUR_MS + 8) % 24);
  return classification === 0 && (hour < 7 || hour >= 23) ? 10_071 : undefined;
}
