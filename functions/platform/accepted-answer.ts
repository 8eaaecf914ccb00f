import type { AcceptedAnswer } from "../core/api/answers.ts";
import type { Notification } from "../core/notification/notification.ts";
import type { SmsEstimate } from "../core/notification/sms-estimate.ts";

/** The 202 of a notification: the same every time it is asked for. */
export function acceptedAnswer(
  notification: Notification,
  { warnings = [], sms }: { warnings?: string[]; sms?: SmsEstimate | undefined } = {},
): AcceptedAnswer {
  const { id, state, recipients, sendAtMs, createdAtMs } = notification;
  const self = `/v1/notifications/${encodeURIComponent(id)}`;
  return {
    id,
    state: state === "scheduled" ? "scheduled" : "accepted",
    recipients: recipients ?? "counting",
    estimatedDelivery: new Date(sendAtMs ?? createdAtMs).toISOString(),
    ...(warnings.length > 0 && { warnings }),
    ...(sms && { estimate: { sms } }),
    links: { self, recipients: `${self}/recipients/{user}` },
  };
}
