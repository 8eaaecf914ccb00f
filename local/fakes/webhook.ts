import { createHmac, timingSafeEqual } from "node:crypto";
import type { Fault } from "./faults.ts";
import { createLog, type Received } from "./received.ts";
import { type FakeAnswer, type FakeOptions, type FakeRequest, startSecureServer } from "./secure-server.ts";
import { json, jsonBody } from "./vendor.ts";

export type FakeWebhook = {
  /** `token`: the URL as it was registered, without a signature's parameters; for Telegram the chat. */
  received: Received[];
  latencyMs: number;
  /** What a URL's requests are signed with; several where one is being replaced. None: nothing is checked. */
  secrets: { set(url: string, ...secrets: string[]): void };
  /** Telegram knows a bot's token no longer. */
  revokeBot(token: string): void;
  port: number;
  close(): Promise<void>;
};

type Json = Record<string, unknown>;
/** What is at a request's other end: how it judges, says yes, and says no as a test tells it to. */
type Receiver = {
  /** The registered URL or chat behind a request. */
  tokenOf(url: URL, body: Json): string;
  judge(place: Place): FakeAnswer | undefined;
  yes(): FakeAnswer;
  /** `code`: the receiver's own word; with a status of 200 too, where it says no that way. */
  no(status: number, code: string | undefined, waitS: number | undefined): FakeAnswer;
};
type Place = { request: FakeRequest; url: URL; body: Json; secrets: readonly string[]; nowMs: number };

const hmac = (key: string | Buffer, text: string): string =>
  createHmac("sha256", key).update(text).digest("base64");
const same = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
const isNear = (ms: number, nowMs: number, mostMs: number): boolean => Math.abs(ms - nowMs) <= mostMs;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;
const field = (body: Json, ...path: string[]): unknown =>
  path.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), body);
const plain = (status: number, body: string): FakeAnswer => ({
  status,
  headers: { "content-type": "text/plain" },
  body,
});
const isText = (value: unknown, most: number): boolean =>
  typeof value === "string" && value !== "" && [...value].length <= most;

const whole = (url: URL): string => url.href;

const STANDARD_CLOCK_MS = 5 * 60_000;
const ROBOT_CLOCK_MS = 3_600_000;

const standard: Receiver = {
  tokenOf: whole,
  judge({ request: { headers, body: raw }, body, secrets, nowMs }) {
    const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures } = headers;
    if (!id || !/^\d+$/.test(at ?? "") || !signatures) return json(400, { error: "headers" });
    if (!isNear(Number(at) * 1000, nowMs, STANDARD_CLOCK_MS)) return json(400, { error: "timestamp" });
    const expected = secrets.map((secret) =>
      hmac(Buffer.from(secret.replace("whsec_", ""), "base64"), `${id}.${at}.${raw}`),
    );
    const given = signatures.split(" ").map((signature) => signature.replace(/^v1,/, ""));
    const holds = expected.some((one) => given.some((other) => same(one, other)));
    if (secrets.length > 0 && !holds) return json(401, { error: "signature" });
    return typeof body["type"] === "string" && isObject(body["data"])
      ? undefined
      : json(400, { error: "payload" });
  },
  yes: () => json(200, {}),
  no: (status, code) => json(status, { error: code ?? "as told" }),
};

const slack: Receiver = {
  tokenOf: whole,
  judge({ body }) {
    const blocks = body["blocks"];
    if (!isText(body["text"], 40_000) && !Array.isArray(blocks)) return plain(400, "no_text");
    for (const block of Array.isArray(blocks) ? (blocks as Json[]) : []) {
      const most = block["type"] === "header" ? 150 : 3_000;
      if (!isText(field(block, "text", "text"), most)) return plain(400, "invalid_blocks");
    }
    return undefined;
  },
  yes: () => plain(200, "ok"),
  no: (status, code) => plain(status, code ?? "as told"),
};

const discord: Receiver = {
  tokenOf(url) {
    url.searchParams.delete("wait");
    return whole(url);
  },
  judge({ body }) {
    const embeds = (body["embeds"] as Json[] | undefined) ?? [];
    if (body["content"] === undefined && embeds.length === 0)
      return json(400, { message: "Cannot send an empty message", code: 50_006 });
    const fits = ([key, most]: readonly [string, number]) =>
      embeds.every((embed) => embed[key] === undefined || isText(embed[key], most));
    if (
      !(
        [
          ["title", 256],
          ["description", 4_096],
        ] as const
      ).every(fits)
    )
      return json(400, { message: "Invalid Form Body", code: 50_035 });
    return undefined;
  },
  yes: () => json(200, { id: "1" }),
  no: (status, code, waitS) =>
    json(status, {
      message: "as told",
      code: Number(code ?? 0),
      ...(waitS !== undefined && { retry_after: waitS }),
    }),
};

const telegram: Receiver = {
  tokenOf: (_url, body) => String(body["chat_id"]),
  judge({ url, body }) {
    if (!/^\/bot\d+:[\w-]+\/sendMessage$/.test(url.pathname)) return telegram.no(404, "Not Found", undefined);
    if (body["chat_id"] === undefined) return telegram.no(400, "Bad Request: chat_id is empty", undefined);
    if (!isText(body["text"], 4_096))
      return telegram.no(400, "Bad Request: message text is empty or too long", undefined);
    return undefined;
  },
  yes: () => json(200, { ok: true, result: { message_id: 1 } }),
  no: (status, code, waitS) =>
    json(status, {
      ok: false,
      error_code: status,
      description: code ?? "as told",
      ...(waitS !== undefined && { parameters: { retry_after: waitS } }),
    }),
};

/** https://core.telegram.org/bots/api#getme: nobody is written to. */
function botAnswer({ host, pathname }: URL, revoked: ReadonlySet<string>): FakeAnswer | undefined {
  const [, bot, method] = /^\/bot(\d+:[\w-]+)\/(\w+)$/.exec(pathname) ?? [];
  if (host !== "api.telegram.org" || bot === undefined) return undefined;
  if (revoked.has(bot)) return telegram.no(401, "Unauthorized", undefined);
  if (method !== "getMe") return undefined;
  return json(200, { ok: true, result: { id: Number.parseInt(bot, 10), is_bot: true, first_name: "Bot" } });
}

const feishuNo = (status: number, code: number): FakeAnswer => json(status, { code, data: {}, msg: "no" });
const feishu: Receiver = {
  tokenOf: whole,
  judge({ request, body, secrets: [secret], nowMs }) {
    if (request.body.length > 20_000 || typeof body["msg_type"] !== "string") return feishuNo(200, 9_499);
    if (!isObject(body["content"])) return feishuNo(200, 9_499);
    if (secret === undefined) return undefined;
    const at = String(body["timestamp"]);
    const holds = same(hmac(`${at}\n${secret}`, ""), String(body["sign"]));
    return holds && isNear(Number(at) * 1000, nowMs, ROBOT_CLOCK_MS) ? undefined : feishuNo(200, 19_021);
  },
  yes: () => json(200, { StatusCode: 0, StatusMessage: "success", code: 0, data: {}, msg: "success" }),
  no: (status, code) => feishuNo(status, Number(code ?? status)),
};

const errcode = (status: number, code: number): FakeAnswer =>
  json(status, {
    errcode: code,
    errmsg: code === 0 ? "ok" : code === 93_000 ? "invalid webhook url, hint: [1]" : "no",
  });
const dingtalk: Receiver = {
  tokenOf(url) {
    for (const name of ["timestamp", "sign"]) url.searchParams.delete(name);
    return whole(url);
  },
  judge({ request, url, body, secrets: [secret], nowMs }) {
    if (request.body.length > 20_000 || !isText(field(body, "markdown", "title"), 1_000))
      return errcode(200, 40_035);
    if (!isText(field(body, "markdown", "text"), 20_000)) return errcode(200, 40_035);
    if (secret === undefined) return undefined;
    const at = url.searchParams.get("timestamp") ?? "";
    const holds = same(hmac(secret, `${at}\n${secret}`), url.searchParams.get("sign") ?? "");
    return holds && isNear(Number(at), nowMs, ROBOT_CLOCK_MS) ? undefined : errcode(200, 310_000);
  },
  yes: () => errcode(200, 0),
  no: (status, code) => errcode(status, Number(code ?? status)),
};

const wecom: Receiver = {
  tokenOf: whole,
  judge({ body }) {
    if (body["msgtype"] !== "markdown") return errcode(200, 40_008);
    const content = field(body, "markdown", "content");
    if (typeof content !== "string" || content === "") return errcode(200, 44_004);
    return Buffer.byteLength(content) > 4_096 ? errcode(200, 40_058) : undefined;
  },
  yes: () => errcode(200, 0),
  no: (status, code) => errcode(status, Number(code ?? status)),
};

const RECEIVERS: Record<string, Receiver> = {
  "hooks.receiver.example": standard,
  "hooks.slack.com": slack,
  "discord.com": discord,
  "api.telegram.org": telegram,
  "open.feishu.cn": feishu,
  "oapi.dingtalk.com": dingtalk,
  "qyapi.weixin.qq.com": wecom,
};

/** Receivers of webhooks and robots of chat tools; each checks what the real one does, signatures too. */
export async function startFakeWebhook(
  options: Pick<FakeOptions, "certificates" | "faults"> & { now(): number },
): Promise<FakeWebhook> {
  const log = createLog();
  const known = new Map<string, readonly string[]>();
  const revoked = new Set<string>();
  const fake = { latencyMs: 0 };
  const arrivalOf = (request: FakeRequest) => {
    const receiver = RECEIVERS[request.host] ?? standard;
    const body = jsonBody(request);
    const token = receiver.tokenOf(new URL(request.path, `https://${request.host}`), body);
    return { receiver, body, token };
  };
  const server = await startSecureServer({
    ...options,
    name: "webhook",
    maxConcurrentStreams: 100,
    tokenOf: (request) => arrivalOf(request).token,
    latencyMs: () => fake.latencyMs,
    answer(request, fault) {
      const { receiver, body, token } = arrivalOf(request);
      const url = new URL(request.path, `https://${request.host}`);
      const ofBot = botAnswer(url, revoked);
      if (ofBot) return ofBot;
      const secrets = known.get(token) ?? [];
      const place = { request, url, body, secrets, nowMs: options.now() };
      const refused = request.method === "POST" ? receiver.judge(place) : plain(405, "method");
      const told = refused ?? toldNo(receiver, fault);
      const answer = told ?? receiver.yes();
      log.add({
        atMs: options.now(),
        token,
        headers: request.headers,
        payload: body,
        status: answer.status,
        ...(told && { reason: fault?.reason ?? answer.body ?? "" }),
      });
      return answer;
    },
  });
  return Object.assign(fake, {
    received: log.entries,
    secrets: { set: (url: string, ...secrets: string[]) => void known.set(url, secrets) },
    revokeBot: (token: string) => void revoked.add(token),
    port: server.port,
    close: server.close,
  });
}

/** The no that a test asked for. */
function toldNo({ no }: Receiver, fault: Fault | undefined): FakeAnswer | undefined {
  if (fault?.status === undefined && fault?.reason === undefined) return undefined;
  const { status = 200, reason, retryAfterS } = fault;
  const answer = no(status, reason, retryAfterS);
  const headers: Record<string, string> = { ...answer.headers };
  if (retryAfterS !== undefined) headers["retry-after"] = String(Math.ceil(retryAfterS));
  if (status >= 300 && status < 400) headers["location"] = "https://127.0.0.1/elsewhere";
  return { ...answer, headers };
}
