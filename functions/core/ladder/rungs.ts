import * as z from "zod/mini";
import { AppError } from "../errors/app-error.ts";
import { optional, strictObject } from "../schema.ts";
import { CHANNELS, type Channel, HANDSET_PROVIDERS, type ProviderName } from "../words.ts";

const MAX_RUNGS = 4;
const MAX_AFTER_S = 86_400;

/**
 * What is tried when the channels before it have failed: at once, and where `afterS` is given also when nobody has
 * acknowledged anything so long after they were tried.
 */
const RungInput = z.lazy(() =>
  strictObject({
    channels: z.array(z.enum(CHANNELS)).check(z.minLength(1), z.maxLength(CHANNELS.length)),
    afterS: optional(z.int().check(z.gte(5), z.lte(MAX_AFTER_S))),
  }),
);

/** Rungs behind the first, which is `channels`. Empty: no rung behind the first. */
export const LadderInput = z.array(RungInput).check(z.maxLength(MAX_RUNGS));

export type Rung = { channels: Channel[]; afterS?: number };

/** A channel stands on one rung: a target's channel tells which rung it belongs to. @throws AppError invalid_request */
export function checkRungs(rungs: readonly { channels: readonly Channel[] }[]): void {
  const all = rungs.flatMap(({ channels }) => [...new Set(channels)]);
  const twice = all.find((channel, index) => all.indexOf(channel) !== index);
  if (twice === undefined) return;
  const detail = `names ${twice} on two rungs (channels are the first); a channel is tried once`;
  throw new AppError("invalid_request", `/ladder: ${detail}`, { errors: [{ pointer: "/ladder", detail }] });
}

const PROVIDERS_OF: Record<Channel, readonly ProviderName[]> = {
  mobilePush: HANDSET_PROVIDERS,
  webPush: ["webpush"],
  inApp: ["websocket"],
  email: ["ses"],
  sms: ["sns"],
  webhook: ["webhook"],
};

/** The rungs that can be climbed with these providers: one without any would only cost. */
export const liveRungs = (
  ladder: readonly { channels: readonly Channel[]; afterS?: number | undefined }[],
  configured: ReadonlySet<ProviderName>,
): Rung[] =>
  ladder.flatMap(({ channels, afterS }) => {
    const live = [...new Set(channels)].filter((channel) =>
      PROVIDERS_OF[channel].some((provider) => configured.has(provider)),
    );
    return live.length === 0 ? [] : [{ channels: live, ...(afterS !== undefined && { afterS }) }];
  });

/** All rungs of a notification, from its own channels up. */
export const rungsOf = ({ channels, ladder = [] }: { channels: Channel[]; ladder?: Rung[] }): Rung[] => [
  { channels },
  ...ladder,
];
