import { constants, createPublicKey, verify } from "node:crypto";
import { readJwt } from "./jwt.ts";
import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import {
  formBody,
  json,
  jsonBody,
  type TokenResult,
  type VendorShape,
  type VendorState,
  type VendorTrust,
} from "./vendor.ts";

const LIMIT_BYTES = 4_096;
const MOST_TOKENS = 1_000;
const TOKEN_LIFE_MS = 3_600_000;
const AUDIENCE = "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
const V1 = /^\/v1\/([^/]+)\/messages:send$/;
const V2 = /^\/v2\/([^/]+)\/messages:send$/;
const V3 = /^\/v3\/([^/]+)\/messages:send$/;

/** Huawei's answers are 200 with a code, but for overload and its own failures. */
const said = (code: string, msg: string): FakeAnswer => json(200, { code, msg, requestId: "157" });

/** Huawei Push Kit v1, v2 and v3, and the OAuth server. */
export const hmsShape: VendorShape = {
  name: "hms",
  isOther: ({ path }) => path === "/oauth2/v3/token",
  other(request, state) {
    const form = formBody(request);
    const known = state.trusted.find(
      ({ appId, clientSecret }) => appId === form["client_id"] && clientSecret === form["client_secret"],
    );
    if (form["grant_type"] !== "client_credentials" || known === undefined)
      return json(401, { error: 1101, sub_error: 20044, error_description: "invalid client" });
    return json(200, {
      access_token: state.issue(known, TOKEN_LIFE_MS),
      expires_in: TOKEN_LIFE_MS / 1000,
      token_type: "Bearer",
    });
  },
  read: (request, state) => (V3.test(request.path) ? readNext(request, state) : readOld(request, state)),
  answer(results) {
    const refused = results.filter(({ code }) => code !== undefined);
    if (results.length === 0) return said("80300007", "All tokens are invalid");
    if (refused.length === 0) return said("80000000", "Success");
    const groups = Object.groupBy(refused, groupOf);
    if (groups[ILLEGAL]?.length === results.length) return said("80300007", "All tokens are invalid");
    const counts = { success: results.length - refused.length, failure: refused.length };
    const tokens = Object.entries(groups).map(([group, some]) => [group, some?.map(({ token }) => token)]);
    return said("80100000", JSON.stringify({ ...counts, ...Object.fromEntries(tokens) }));
  },
  refusal: (status, code) =>
    status === 200
      ? said(code ?? "81000001", "as told")
      : json(status, { code: code ?? "", msg: "as told", requestId: "157" }),
};

const ILLEGAL = "illegal_tokens";
/** v1 has one group; those of v3 are named by words, where codes are numbers. */
const groupOf = ({ code = "" }: TokenResult): string => (/^\d*$/.test(code) ? ILLEGAL : code);

type Read = ReturnType<VendorShape["read"]>;

function readOld(request: FakeRequest, state: VendorState): Read {
  const [appId, project] = [V1.exec(request.path)?.[1], V2.exec(request.path)?.[1]];
  const bearer = bearerOf(request);
  const holder = state.holder(bearer) ?? signer(bearer, state);
  if (holder === undefined) return { refused: said("80200003", "Access token expired") };
  if (project === undefined ? holder["appId"] !== appId : holder["projectId"] !== project)
    return { refused: said("80300002", "The app has no right to send") };
  const body = jsonBody(request);
  const message = (body["message"] ?? {}) as Record<string, unknown>;
  const { token: tokens, android, ...rest } = message;
  const notification = (android as Record<string, unknown> | undefined)?.["notification"];
  if (notification !== undefined && (notification as Record<string, unknown>)["click_action"] === undefined)
    return { refused: said("80100003", "Incorrect message structure: click_action") };
  const payload = { ...rest, android };
  return checked(tokens, payload, { ...body, message: payload });
}

function readNext(request: FakeRequest, state: VendorState): Read {
  const project = V3.exec(request.path)?.[1];
  const holder = signer(bearerOf(request), state);
  if (holder === undefined) return { refused: said("80200005", "JWT expired") };
  if ((holder["serviceAccount"] as Record<string, unknown>)["project_id"] !== project)
    return { refused: said("80300002", "The project has no right to send") };
  const { target, ...rest } = jsonBody(request);
  const { notification } = (rest["payload"] ?? {}) as { notification?: Record<string, unknown> };
  if (request.headers["push-type"] === "0" && notification?.["category"] === undefined)
    return { refused: said("80100003", "Incorrect message structure: category") };
  return checked((target as Record<string, unknown> | undefined)?.["token"], rest);
}

/** Zeros are no device's: whoever asks with them hears that Huawei knows the sender. */
const isDevices = (token: string): boolean => !/^0+$/.test(token);

/** What is measured is the whole body without its tokens. */
function checked(tokens: unknown, payload: object, body = payload): Read {
  if (!Array.isArray(tokens) || tokens.length === 0) return { refused: said("80100001", "token") };
  if (tokens.length > MOST_TOKENS) return { refused: said("80300010", "too many tokens") };
  if (Buffer.byteLength(JSON.stringify(body)) > LIMIT_BYTES)
    return { refused: said("80300008", "message body larger than 4096 bytes") };
  return { tokens: tokens.map(String).filter(isDevices), payload };
}

const bearerOf = ({ headers }: FakeRequest): string =>
  (headers["authorization"] ?? "").replace(/^Bearer /, "");

/** Whose service account signed a JWT (PS256), while it lives. */
function signer(jwt: string, state: VendorState): VendorTrust | undefined {
  const read = readJwt(jwt);
  if (read === undefined || read.header["alg"] !== "PS256" || read.claims["aud"] !== AUDIENCE)
    return undefined;
  const nowS = state.now() / 1000;
  const iat = Number(read.claims["iat"]);
  if (!(Number(read.claims["exp"]) > nowS && iat <= nowS + 300)) return undefined;
  if (iat < Math.floor(state.expiredAtMs() / 1000)) return undefined;
  return state.trusted.find(({ serviceAccount }) => {
    const account = (serviceAccount ?? {}) as Record<string, string>;
    if (account["sub_account"] !== read.claims["iss"] || account["key_id"] !== read.header["kid"])
      return false;
    const key = createPublicKey(account["private_key"]!);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    return verify("sha256", Buffer.from(read.signed), { key, padding, saltLength: 32 }, read.signature);
  });
}
