import type { LocalRoute } from "../control/routes.ts";
import type { Door } from "../door/door.ts";
import type { Received } from "../fakes/received.ts";
import { publishTo, type TopicParts } from "../sns/topics.ts";

/** What SES tells of a mail after it has taken it, as it is told to topics. */
const EVENTS = ["Bounce", "Complaint", "Delivery", "Open", "Click"] as const;
type MailEventType = (typeof EVENTS)[number];

/** https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html */
function mailEvent({ token, headers, atMs }: Received, eventType: MailEventType): object {
  const pairs = (headers["x-ses-message-tags"] ?? "").split(", ").map((tag) => tag.split("="));
  const tags = Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, [value]]));
  const timestamp = new Date(atMs).toISOString();
  const recipients = [{ emailAddress: token }];
  return {
    eventType,
    mail: { timestamp, destination: [token], tags: { ...tags, "ses:configuration-set": ["events"] } },
    ...(eventType === "Bounce" && {
      bounce: { bounceType: "Permanent", bounceSubType: "General", bouncedRecipients: recipients, timestamp },
    }),
    ...(eventType === "Complaint" && { complaint: { complainedRecipients: recipients, timestamp } }),
    ...(eventType === "Open" && { open: { timestamp, userAgent: "local", ipAddress: "127.0.0.1" } }),
    ...(eventType === "Click" && { click: { timestamp, link: "https://shop.example/" } }),
  };
}

type Parts = TopicParts & { door: Pick<Door, "ses"> };

/** A page by which people and tests say what became of a mail: SES itself cannot know here. */
export function mailRoutes(parts: Parts): LocalRoute[] {
  return [
    {
      method: "POST",
      path: "/_local/mails/events",
      async handle({ body }) {
        const type = EVENTS.find((one) => one === body["type"]);
        if (type === undefined) throw new Error(`type must be one of ${EVENTS.join(", ")}`);
        const mail = parts.door.ses.mails.findLast(
          ({ token, status }) => token === body["to"] && status === 200,
        );
        if (mail === undefined) throw new Error(`no mail was sent to ${String(body["to"])}`);
        await publishTo(parts, "MailEventsTopicArn", mailEvent(mail, type));
        return { told: type, of: mail.token };
      },
    },
  ];
}
