import type { VirtualClock } from "../clock/virtual-clock.ts";
import type { LocalRoute } from "../control/routes.ts";
import type { Door } from "../door/door.ts";
import { voiceEvent } from "../sms-voice/event.ts";
import { type LogParts, writeDeliveryLog } from "./delivery-log.ts";
import type { Taken } from "./sns.ts";
import { publishTo, type TopicParts } from "./topics.ts";

/** What becomes of a text message. */
export const FATES = ["delivered", "handedOn", "invalidNumber", "optedOut", "unreachable"] as const;
export type Fate = (typeof FATES)[number];

/** Numbers whose messages do not arrive, by their last digits; all others are delivered. */
const ENDINGS: Record<string, Fate> = {
  "000901": "invalidNumber",
  "000902": "optedOut",
  "000903": "unreachable",
  "000904": "handedOn",
};
const DELIVERY_MS = 2_000;

type Parts = TopicParts & LogParts & { door: Pick<Door, "sns">; clock: VirtualClock };

const fateOf = ({ to, optedOut }: Taken): Fate =>
  optedOut ? "optedOut" : (ENDINGS[to.slice(-6)] ?? "delivered");

/** Whether anybody would hear of it: a configuration set, or a subscription to SNS's log. */
const isTold = ({ set }: Taken, { deployment }: Parts): boolean =>
  set !== undefined || deployment.logSubscriptions.length > 0;

async function tell(parts: Parts, taken: Taken, fate: Fate): Promise<void> {
  const atMs = parts.clock.now();
  if (taken.set) await publishTo(parts, "TextEventsTopicArn", voiceEvent(taken, fate, atMs));
  else await writeDeliveryLog(parts, taken, fate, atMs);
}

/** Carriers tell of each message shortly after it was taken; a page has them tell once more, and otherwise. */
export function startDeliveries(parts: Parts): LocalRoute[] {
  const { door, clock } = parts;
  door.sns.onTaken((taken) => {
    if (isTold(taken, parts))
      clock.setTimer(clock.now() + DELIVERY_MS, () => tell(parts, taken, fateOf(taken)));
  });
  return [
    {
      method: "POST",
      path: "/_local/texts/events",
      async handle({ body }) {
        const fate = FATES.find((one) => one === body["fate"]);
        if (fate === undefined) throw new Error(`fate must be one of ${FATES.join(", ")}`);
        const entry = door.sns.messages.findLast(
          ({ token, status }) => token === body["to"] && status === 200,
        );
        const taken = entry && door.sns.takenOf(entry);
        if (taken === undefined) throw new Error(`no text message was sent to ${String(body["to"])}`);
        if (!isTold(taken, parts))
          throw new Error(
            "nobody hears of it: it was sent without a configurationSet, or smsDeliveryLogs is off",
          );
        await tell(parts, taken, fate);
        return { told: fate, of: taken.to };
      },
    },
  ];
}
