import { createHash } from "node:crypto";
import type { FakeAnswer } from "./secure-server.ts";
import { formBody, json, type VendorShape } from "./vendor.ts";

const PATH = "/garcia/api/server/push/varnished/pushByPushId";
const MOST_TOKENS = 100;

type Answered = { code: string; value?: object; msgId?: string };
const said = ({ code, value, msgId }: Answered, status = 200): FakeAnswer =>
  json(status, { code, message: code === "200" ? "" : "as told", value: value ?? "", redirect: "", msgId });
const refused = (code: string) => ({ refused: said({ code }) });

/** Meizu's push by pushId, with notifications alone. */
export const meizuShape: VendorShape = {
  name: "meizu",
  read(request, state) {
    if (request.path !== PATH) return { refused: json(404, { code: "404" }) };
    const { sign, ...fields } = formBody(request);
    const holder = state.trusted.find(({ appId }) => appId === fields["appId"]);
    if (holder === undefined) return refused("110000");
    if (sign !== signature(fields, String(holder["appSecret"]))) return refused("1006");
    const tokens = (fields["pushIds"] ?? "").split(",").filter((token) => token !== "");
    if (tokens.length === 0) return refused("110004");
    const payload = parsed(fields["messageJson"]);
    if (tokens.length > MOST_TOKENS || !isMessage(payload)) return refused("1005");
    return { tokens, payload, by: fields["appId"] };
  },
  answer(results) {
    const value: Record<string, string[]> = {};
    for (const { token, code } of results)
      if (code !== undefined) value[code] = [...(value[code] ?? []), token];
    return said({ code: "200", value, msgId: "m1" });
  },
  refusal: (status, code) => said({ code: code ?? "500" }, status),
};

function signature(fields: Record<string, string>, secret: string): string {
  let text = "";
  for (const key of Object.keys(fields).sort()) text += `${key}=${fields[key]}`;
  return createHash("md5").update(`${text}${secret}`).digest("hex");
}

type MessageJson = Record<string, Record<string, unknown> | undefined>;

function parsed(text: string | undefined): MessageJson {
  try {
    return JSON.parse(text ?? "") as MessageJson;
  } catch {
    return {}; // no message is a wrong message
  }
}

const within = (value: unknown, most: number) =>
  typeof value === "string" && value !== "" && [...value].length <= most;

function isMessage({ noticeBarInfo, clickTypeInfo, pushTimeInfo, advanceInfo }: MessageJson): boolean {
  if (!within(noticeBarInfo?.["title"], 32) || !within(noticeBarInfo?.["content"], 100)) return false;
  const { clickType, url } = clickTypeInfo ?? {};
  if (clickType !== 0 && !(clickType === 2 && typeof url === "string")) return false;
  const { offLine, validTime } = pushTimeInfo ?? {};
  const hours = Number.isInteger(validTime) && Number(validTime) >= 1 && Number(validTime) <= 72;
  if (offLine === 1 ? !hours : offLine !== 0) return false;
  return /^[\w-]{1,8}$/.test(String(advanceInfo?.["notifyKey"] ?? "none"));
}
