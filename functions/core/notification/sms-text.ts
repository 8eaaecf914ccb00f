import type { Content } from "./content.ts";

/** Characters that SNS takes in one request (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html). */
export const SMS_LIMIT_CHARACTERS = 1_600;

/** What a notification says in a text message; undefined: nothing. */
export function smsText({ sms, title, body, url }: Content): string | undefined {
  if (sms?.body !== undefined) return sms.body;
  const said = [title, body].filter((part) => part !== undefined);
  return said.length === 0 ? undefined : [...said, ...(url === undefined ? [] : [url])].join("\n");
}
