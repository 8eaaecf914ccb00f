import * as z from "zod/mini";
import { ApnsChannelId, ApnsPlace } from "./fan-out.ts";

/** Where a channel lives: an app's and an environment's own. */
export type ChannelPlace = {
  bundleId?: string | undefined;
  environment?: "production" | "sandbox" | undefined;
};

/** What a channel keeps for devices that are offline: nothing, or its latest message for up to eight hours. */
export const CHANNEL_STORAGE = ["none", "latest"] as const;
export type ChannelStorage = (typeof CHANNEL_STORAGE)[number];

/** POST /v1/apns/channels */
export const ChannelInput = z.strictObject({ storage: z.enum(CHANNEL_STORAGE), ...ApnsPlace });
export type ChannelInput = z.infer<typeof ChannelInput>;

/** GET /v1/apns/channels */
export const ChannelsQuery = z.strictObject(ApnsPlace);
export type ChannelsQuery = z.infer<typeof ChannelsQuery>;

/** DELETE /v1/apns/channels: an id may hold slashes, so it is no part of the path. */
export const ChannelRemoval = z.strictObject({ channel: ApnsChannelId, ...ApnsPlace });
export type ChannelRemoval = z.infer<typeof ChannelRemoval>;

const place = { bundleId: z.string(), environment: z.enum(["production", "sandbox"]) };

export const ChannelAnswer = z.object({
  /** For `to.apnsChannel`, and for `channel` of a Live Activity that starts. */
  channel: z.string(),
  storage: z.enum(CHANNEL_STORAGE),
  ...place,
});
export type ChannelAnswer = z.infer<typeof ChannelAnswer>;

export const ChannelsAnswer = z.object({ channels: z.array(z.string()), ...place });
export type ChannelsAnswer = z.infer<typeof ChannelsAnswer>;
