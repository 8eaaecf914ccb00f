import type { VendorName } from "../core/credentials/vendors.ts";
import { parseGetuiReceipts } from "../providers/getui/receipts.ts";
import { parseHmsReceipts } from "../providers/hms/receipts.ts";
import { parseHonorReceipts } from "../providers/honor/receipts.ts";
import { parseJpushReceipts } from "../providers/jpush/receipts.ts";
import { parseMeizuReceipts } from "../providers/meizu/receipts.ts";
import { parseMiReceipts } from "../providers/mi/receipts.ts";
import { parseOppoReceipts } from "../providers/oppo/receipts.ts";
import { parseUmengReceipts } from "../providers/umeng/receipts.ts";
import type { ReceiptParser } from "../providers/vendor/receipts.ts";
import { parseVivoReceipts } from "../providers/vivo/receipts.ts";

/** Who reads which vendor's posts. */
export const RECEIPT_PARSERS: Record<VendorName, ReceiptParser> = {
  hms: parseHmsReceipts,
  honor: parseHonorReceipts,
  mi: parseMiReceipts,
  oppo: parseOppoReceipts,
  vivo: parseVivoReceipts,
  meizu: parseMeizuReceipts,
  jpush: parseJpushReceipts,
  getui: parseGetuiReceipts,
  umeng: parseUmengReceipts,
};
