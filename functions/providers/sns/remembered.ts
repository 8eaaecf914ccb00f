import type { TextOwner } from "../../core/receipt/text-report.ts";
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
        await inTime(ports.remember(reply.id, sms.of), deadlineMs - ports.now()).catch((error: unknown) =>
          ports.forgotten(error, sms.of),
        );
      return reply;
    },
  };
}

/** The job's lease is reckoned with the deadline: a slow table must not outlast it. */
async function inTime(write: Promise<void>, leftMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error("not written before the request's deadline")),
      Math.max(0, leftMs),
    );
  });
  try {
    await Promise.race([write, late]);
  } finally {
    clearTimeout(timer);
  }
}
