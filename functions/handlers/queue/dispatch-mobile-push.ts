import type { Job } from "../../core/dispatch/job.ts";
import type { TopicMessage } from "../../core/notification/topic-change.ts";
import type { ReportsMessage } from "../../core/receipt/vendor-report.ts";
import { dispatchMessage } from "../../platform/dispatching.ts";
import { queueHandler } from "../../platform/queue-handler.ts";
import { mobilePushSource } from "../../platform/sources/mobile-push.ts";

const source = mobilePushSource();

/** dispatch-mobilePush-{high,normal,low}: APNs, FCM and the vendors, whose receipts come by `normal`. */
export const handler = queueHandler<Job | ReportsMessage | TopicMessage>(
  async ({ message, receiveCount }, context) => {
    switch (message.kind) {
      case "job":
        return dispatchMessage(source, { message, receiveCount }, context);
      case "receipts": {
        // Most environments never see one: it is not loaded with the rest.
        const { takeVendorReceipts } = await import("../../platform/vendor-receipts.ts");
        await takeVendorReceipts(message);
        return { kind: "done" };
      }
      case "topic":
        return (await import("../../platform/topics.ts")).changeTopic(message, context);
      default:
        message satisfies never;
        return { kind: "refused", why: "neither a job, nor receipts, nor a topic" };
    }
  },
);
