import { isVendorPost, openPost, type VendorPostMessage } from "../../core/receipt/vendor-post.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { takePost } from "../../platform/vendor-posts.ts";

/** receipts: what vendors posted, as API Gateway took it. */
export const handler = queueHandler<VendorPostMessage>(async ({ message }) => {
  if (!isVendorPost(message)) return { kind: "refused", why: "no kind of message that is known here" };
  await takePost(openPost(message));
  return { kind: "done" };
});
