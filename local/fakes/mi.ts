import type { FakeAnswer, FakeRequest } from "./secure-server.ts";
import { formBody, json, type VendorShape, type VendorState } from "./vendor.ts";

const MOST_TOKENS = 1_000;
const PATH = "/v3/message/regid";
const REGION = /^(?:(ru|idmb|fr|sgp)-)?api\.xmpush\.(global\.)?xiaomi\.com/;

const failed = (code: number, reason: string, description: string): FakeAnswer =>
  json(200, { result: "error", reason, trace_id: "x", code, description });
const taken = (data: object): FakeAnswer =>
  json(200, {
    result: "ok",
    trace_id: "x",
    code: 0,
    data: { id: "slm1", ...data },
    description: "成功",
    info: "Received push messages",
  });

/** Mi Push's messages by registration id, in all regions. */
export const miShape: VendorShape = {
  name: "mi",
  read(request, state) {
    const { registration_id: listed = "", ...fields } = formBody(request);
    const refused = refusalOf(request, fields, state);
    if (refused) return { refused };
    const tokens = listed.split(",").filter((token) => token !== "");
    if (tokens.length === 0 || tokens.length > MOST_TOKENS)
      return { refused: failed(10017, "registration_id", "参数错误") };
    return { tokens, payload: fields };
  },
  answer(results) {
    const bad = results.filter(({ code }) => code !== undefined).map(({ token }) => token);
    if (bad.length === 1 && results.length === 1)
      return failed(20301, "All registration ids are invalid.", "发送失败");
    return taken(bad.length === 0 ? {} : { bad_regids: bad.join(",") });
  },
  refusal(status, code) {
    if (status === 200 && code === "0") return taken({});
    return { ...failed(Number(code ?? -1), "as told", "as told"), status };
  },
};

function refusalOf(
  { path, host, headers }: FakeRequest,
  fields: Record<string, string>,
  state: VendorState,
): FakeAnswer | undefined {
  if (path !== PATH) return json(404, {});
  const { authorization = "" } = headers;
  if (!authorization.startsWith("key=")) return failed(21305, "Missing authorization header.", "认证失败");
  const holder = state.trusted.find(
    ({ appSecret, region }) => authorization === `key=${appSecret}` && region === regionOf(host),
  );
  if (holder === undefined) return failed(21301, "Invalid application credential.", "认证失败");
  if (fields["restricted_package_name"] !== holder["packageName"])
    return failed(22022, "Package name mismatch.", "包名错误");
  return isMessage(fields) ? undefined : failed(10017, "Invalid parameter.", "参数错误");
}

function regionOf(host: string): string | undefined {
  const [all, region, global] = REGION.exec(host) ?? [];
  if (all === undefined) return undefined;
  return region ?? (global === undefined ? "cn" : "global");
}

/** Below 50 and 128 characters, below 4 KB, and neither text blank where there is something to show. */
function isMessage(fields: Record<string, string>): boolean {
  const { title = "", description = "", payload = "" } = fields;
  if (Buffer.byteLength(payload) >= 4_096 || !(Number(fields["time_to_live"]) > 0)) return false;
  if (fields["pass_through"] === "1") return true;
  const fits = (text: string, most: number) => text.trim() !== "" && [...text].length < most;
  return fields["pass_through"] === "0" && fits(title, 50) && fits(description, 128);
}
