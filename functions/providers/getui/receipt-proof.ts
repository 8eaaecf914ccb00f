import { hash } from "node:crypto";
import type { VendorReport } from "../../core/receipt/vendor-report.ts";
import { sameText } from "../vendor/same-text.ts";

/** Whether Getui signed a line: MD5 over the app's id, the device, the task, the message and the app's secret. */
export function isGetuiProof(
  { token, sign }: VendorReport,
  { appId, masterSecret }: { appId: string; masterSecret: string },
): boolean {
  if (sign === undefined) return false;
  const right = hash("md5", `${appId}${token}${sign.taskId}${sign.msgId}${masterSecret}`, "hex");
  return sameText(sign.value.toLowerCase(), right);
}
