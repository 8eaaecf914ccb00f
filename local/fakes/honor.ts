import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import { formBody, json, jsonBody, type VendorShape, type VendorState } from "./vendor.ts";

const LIMIT_BYTES = 4_096;
const MOST_TOKENS = 1_000;
const TOKEN_LIFE_MS = 3_600_000;
const CLOCK_MS = 10 * 60_000;
const SEND = /^\/api\/v1\/([^/]+)\/sendMessage$/;

const said = (code: number, message: string, data: object = {}): FakeAnswer =>
  json(200, { code, message, data: { requestId: "r1", ...data } });

/** Honor Push and its token server. */
export const honorShape: VendorShape = {
  name: "honor",
  isOther: ({ path }) => path === "/auth/token",
  other(request, state) {
    const form = formBody(request);
    const known = state.trusted.find(
      ({ clientId, clientSecret }) =>
        clientId === form["client_id"] && clientSecret === form["client_secret"],
    );
    if (form["grant_type"] !== "client_credentials" || known === undefined)
      return json(401, { error: 1101, error_description: "invalid client" });
    return json(200, {
      access_token: state.issue(known, TOKEN_LIFE_MS),
      expires_in: TOKEN_LIFE_MS / 1000,
      token_type: "Bearer",
    });
  },
  read(request, state) {
    const refused = refusalOf(request, state);
    if (refused) return { refused };
    const { token: tokens, ...payload } = jsonBody(request);
    if (!Array.isArray(tokens) || tokens.length === 0) return { refused: said(80100003, "token") };
    if (tokens.length > MOST_TOKENS) return { refused: said(80300010, "too many tokens") };
    if (new Set(tokens).size < tokens.length) return { refused: said(80300006, "duplicate token") };
    if (Buffer.byteLength(JSON.stringify(payload)) > LIMIT_BYTES)
      return { refused: said(80300008, "message body larger than 4096 bytes") };
    const shown = (payload["android"] as Record<string, Record<string, unknown>> | undefined)?.[
      "notification"
    ];
    if (shown !== undefined && shown["clickAction"] === undefined)
      return { refused: said(80100003, "clickAction") };
    if (shown?.["importance"] === "LOW" && shown["image"] !== undefined)
      return { refused: said(80200050, "image") };
    return { tokens: tokens.map(String), payload };
  },
  /** A token told "failed" is one that Honor only did not take now; all others have expired. */
  answer(results, { tokens }) {
    const listed = (fits: (code: string) => boolean) =>
      results.filter(({ code }) => code !== undefined && fits(code)).map(({ token }) => token);
    const failTokens = listed((code) => code === "failed");
    const expireTokens = listed((code) => code !== "failed");
    const sendResult = failTokens.length + expireTokens.length < tokens.length;
    return said(200, "success", { sendResult, failTokens, expireTokens });
  },
  refusal: (status, code) =>
    json(status, { code: Number(code ?? status), message: "as told", data: { requestId: "r1" } }),
};

function refusalOf({ path, headers }: FakeRequest, state: VendorState): FakeAnswer | undefined {
  const holder = state.holder((headers["authorization"] ?? "").replace(/^Bearer /, ""));
  if (holder === undefined) return said(401, "token expired");
  if (holder["appId"] !== SEND.exec(path)?.[1]) return said(404, "no such app");
  if (!(Math.abs(Number(headers["timestamp"]) - state.now()) < CLOCK_MS)) return said(10207, "timestamp");
  return undefined;
}
