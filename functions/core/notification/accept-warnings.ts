import { type App, configuredProviders } from "../app/app.ts";
import { liveRungs } from "../ladder/rungs.ts";
import type { Channel, ProviderName } from "../words.ts";
import { FAN_OUT_PROVIDER, fanOutOf } from "./fan-out.ts";
import type { SendRequest } from "./request.ts";
import { SHOWN } from "./shown-texts.ts";
import { SMS_LIMIT_CHARACTERS, smsText } from "./sms-text.ts";

type CutBy = keyof typeof SHOWN;

/**
 * What is accepted and will not be as it was written: texts that a vendor of the app cuts, channels that the request
 * names and the app has no provider for.
 */
export function acceptWarnings(app: App, request: SendRequest, channels: readonly Channel[]): string[] {
  const configured = configuredProviders(app);
  const fanOut = fanOutOf(request.to);
  if (fanOut) {
    const provider = FAN_OUT_PROVIDER[fanOut.kind];
    return configured.has(provider)
      ? []
      : [`to.${fanOut.kind}: the app has no ${provider}, so nobody is reached`];
  }
  const named = channelsNamed(request);
  const dead = named.filter((channel) => liveRungs([{ channels: [channel] }], configured).length === 0);
  const without = [...new Set(dead)].map(
    (channel) => `${channel}: the app has no provider for it, so nobody is reached there`,
  );
  const all = channelsAskedFor(request, channels);
  return [
    ...without,
    ...(all.includes("mobilePush") ? cuts(request, configured) : []),
    ...(all.includes("sms") && configured.has("sns") ? tooLongForSms(request) : []),
  ];
}

/** Channels of the request's own choice, on its ladder as well. */
const channelsNamed = ({ channels = [], ladder = [] }: SendRequest): Channel[] => [
  ...channels,
  ...ladder.flatMap((rung) => rung.channels),
];

/** These, and those that its category chose for it. */
export const channelsAskedFor = (request: SendRequest, channels: readonly Channel[]): Channel[] => [
  ...channels,
  ...channelsNamed(request),
];

/** Not refused: the other channels may well take it. */
function tooLongForSms({ content }: SendRequest): string[] {
  const { length } = smsText(content) ?? "";
  const limit = SMS_LIMIT_CHARACTERS.toLocaleString("en");
  return length <= SMS_LIMIT_CHARACTERS
    ? []
    : [`sms: the text has ${length} characters and SNS takes ${limit}; say it shorter in /content/sms/body`];
}

function cuts({ content }: SendRequest, configured: ReadonlySet<ProviderName>): string[] {
  if (content.silent) return [];
  const vendors = (Object.keys(SHOWN) as CutBy[]).filter((provider) => configured.has(provider));
  return (["title", "body"] as const).flatMap((field) => {
    const length = [...(content[field] ?? "")].length;
    const by = vendors.filter((provider) => length > SHOWN[provider][field]);
    const limits = by.map((provider) => `${provider} after ${SHOWN[provider][field]}`);
    return by.length === 0
      ? []
      : [`/content/${field}: has ${length} characters and is cut by ${limits.join(", ")}`];
  });
}
