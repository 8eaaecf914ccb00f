import type { SnsCredentials } from "../../core/credentials/sns.ts";
import type { Outcome } from "../../core/dispatch/outcome.ts";
import { type VoiceClient, voiceTransport } from "./end-user-messaging.ts";
import { smsOutcome } from "./outcome.ts";

/**
 * AWS's own numbers that messages go to without leaving it: those for successes. An account in the sandbox may write
 * to them, too. https://docs.aws.amazon.com/sms-voice/latest/userguide/test-phone-numbers.html
 */
const SIMULATORS = [
  "+61455944038",
  "+43676800442031",
  "+32460213922",
  "+56229140630",
  "+420790542286",
  "+4525919410",
  "+37282720792",
  "+3584573979110",
  "+33755512501",
  "+85257048426",
  "+36707178770",
  "+394390009172",
  "+352691385880",
  "+3197008100148",
  "+4759449384",
  "+48732141440",
  "+351927946948",
  "+40783900330",
  "+34683783440",
  "+46790645100",
  "+41798075872",
  "+886903444630",
  "+447860019066",
  "+14254147755",
] as const;

/** The simulator of the first country that the app writes to and that has one: an identity may reach no other. */
export function simulatorIn(countries: readonly string[]): string | undefined {
  const found = countries.map((prefix) => SIMULATORS.find((number) => number.startsWith(prefix)));
  return found.find((number) => number !== undefined);
}

/**
 * Whether End User Messaging would send from this identity with this configuration set. Undefined: no country of the
 * app has a simulator, and AWS is not asked about a number that may be somebody's.
 */
export function voiceTrial(
  client: VoiceClient,
  credentials: SnsCredentials,
  now: () => number,
): ((deadlineMs: number) => Promise<Outcome>) | undefined {
  const to = simulatorIn(credentials.countries);
  if (to === undefined) return undefined;
  const { publish } = voiceTransport(client, { ...credentials, dryRun: true }, now);
  const sms = { to, text: "Clarion", kind: "transactional", of: NOBODY } as const;
  return async (deadlineMs) => smsOutcome(await publish(sms, deadlineMs));
}

/** No event is told of a dry run; were it, nobody would be found by it. */
const NOBODY = { app: "-", notification: "-", user: "-" };
