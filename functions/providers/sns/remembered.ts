import type { TextOwner } from "../../core/receipt/text-report.ts";
import { within } from "../../core/within.ts";
import type { SmsTransport } from "./transport.ts";

export type Remembering = {
  /** Keeps whose message an id is. */
  remember(id: string, owner: TextOwner): Promise<void>;
  /** Told of what could not be kept: the receipt is lost, the message is not. */
  forgotten(error: unknown, owner: TextOwner): void;
  now(): number;
};

/** SNS hands nothing of ours back: whose an accepted message is, is written down by SNS's id before its outcome is. */
export function rememberedTransport(inner: SmsTransport, ports: Remembering): SmsTransport {
  return {
    async publish(sms, deadlineMs) {
      const reply = await inner.publish(sms, deadlineMs);
      if (reply.kind === "sent" && reply.id !== undefined)
        // The job's lease is reckoned with the deadline: a slow table must not outlast it.
        await within(
          Math.max(0, deadlineMs - ports.now()),
          ports.remember(reply.id, sms.of),
          "the table of owners",
        ).catch((error: unknown) => ports.forgotten(error, sms.of));
      return reply;
    },
  };
}
