import type { ReportsMessage, VendorReport } from "../core/receipt/vendor-report.ts";
import { isGetuiProof } from "../providers/getui/receipt-proof.ts";
import { HMS_PROOF_MS, isHmsProof } from "../providers/hms/receipt-proof.ts";
import { isJpushProof } from "../providers/jpush/receipt-proof.ts";
import { isMeizuProof } from "../providers/meizu/receipt-proof.ts";
import { providerCredentials } from "./credentials.ts";
import { takeNonceFor } from "./nonces.ts";

/**
 * The reports that may be believed: those of a vendor that signs need their proof, those of the others came by a path
 * that nobody else knows. None where the app has no credentials any more.
 */
export async function provedReports(message: ReportsMessage): Promise<VendorReport[]> {
  const { app, reports } = message;
  switch (message.provider) {
    case "hms":
      return (await isFromHuawei(message)) ? reports : [];
    case "jpush": {
      const found = await providerCredentials(app, "jpush");
      const [value, sha256] = ["value" in found ? found.value : undefined, hashIn(message, "basic")];
      return value && sha256 !== undefined && isJpushProof(sha256, value) ? reports : [];
    }
    case "meizu": {
      const found = await providerCredentials(app, "meizu");
      return "value" in found && isMeizuProof(hashIn(message, "token"), found.value) ? reports : [];
    }
    case "getui": {
      const found = await providerCredentials(app, "getui");
      return "value" in found ? reports.filter((report) => isGetuiProof(report, found.value)) : [];
    }
    default:
      return "value" in (await providerCredentials(app, message.provider)) ? reports : [];
  }
}

const hashIn = ({ proof }: ReportsMessage, kind: "basic" | "token"): string | undefined =>
  proof?.kind === kind ? proof.sha256 : undefined;

async function isFromHuawei({ app, proof, receivedAtMs, post }: ReportsMessage): Promise<boolean> {
  const found = await providerCredentials(app, "hms");
  if (!("value" in found)) return false;
  const { callback } = found.value;
  if (callback === undefined) return true;
  if (proof?.kind !== "hms" || !isHmsProof(proof, callback, receivedAtMs)) return false;
  // Until the header's own time is out of the window, either way.
  return takeNonceFor(`hms#${app}#${proof.nonce}`, post, receivedAtMs + 2 * HMS_PROOF_MS);
}
