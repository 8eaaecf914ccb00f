import { APNS_CHANNEL_OPERATIONS } from "../../core/api/apns-channel-operations.ts";
import type { ChannelInput, ChannelRemoval, ChannelsQuery } from "../../core/notification/apns-channel.ts";
import { createChannel, listChannels, removeChannel } from "../../platform/apns-channels.ts";
import { authoriseKey, type Caller } from "../../platform/auth.ts";
import { bodyOf, httpHandler, queryOf } from "../../platform/http.ts";

/** Broadcast channels at Apple: the one HTTP function that may read a provider's credentials, and only APNs'. */
export const handler = httpHandler<Caller>({
  operations: APNS_CHANNEL_OPERATIONS,
  authorise: authoriseKey,
  handles: {
    createApnsChannel: async (request, { app }) => ({
      body: await createChannel(app, bodyOf<ChannelInput>(request)),
    }),
    listApnsChannels: async (request, { app }) => ({
      body: await listChannels(app, queryOf<ChannelsQuery>(request)),
    }),
    async removeApnsChannel(request, { app }) {
      await removeChannel(app, queryOf<ChannelRemoval>(request));
      return {};
    },
  },
});
