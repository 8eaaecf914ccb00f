import * as z from "zod/mini";
import type { Operation } from "./operation.ts";

/** Huawei's two versions want these four fields; to the others the status says enough. */
const ReceiptsAnswer = z.object({
  code: z.literal("0"),
  message: z.literal("success"),
  errno: z.literal("0"),
  errmsg: z.literal("success"),
});

/** What API Gateway puts into a queue by itself (lib/constructs/receipt-intake.ts): nobody has looked at it by then. */
export const GATEWAY_OPERATIONS = [
  {
    id: "vendorReceipts",
    fn: "gateway",
    method: "POST",
    path: "/v1/public/apps/{app}/receipts/{provider}/{key}",
    summary:
      "Where a vendor posts its receipts, in its own format (JSON, a form or lines), up to 780 KB; judged after the answer",
    access: { open: true },
    status: 200,
    answer: ReceiptsAnswer,
    faults: ["body_too_large"],
  },
] as const satisfies readonly Operation[];
