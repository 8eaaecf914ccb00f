import {
  ChannelAnswer,
  ChannelInput,
  ChannelRemoval,
  ChannelsAnswer,
  ChannelsQuery,
} from "../notification/apns-channel.ts";
import type { Operation } from "./operation.ts";

const common = { fn: "apns-channels", path: "/v1/apns/channels", access: { key: "send" } } as const;

/** Everything that the function `apns-channels` serves. */
export const APNS_CHANNEL_OPERATIONS = [
  {
    ...common,
    id: "createApnsChannel",
    method: "POST",
    summary: "Create a broadcast channel for Live Activities at Apple",
    body: ChannelInput,
    status: 201,
    answer: ChannelAnswer,
    faults: ["conflict", "limit_reached", "provider_refused", "provider_unavailable"],
  },
  {
    ...common,
    id: "listApnsChannels",
    method: "GET",
    summary: "Ids of the broadcast channels that Apple keeps for the app",
    query: ChannelsQuery,
    status: 200,
    answer: ChannelsAnswer,
    faults: ["conflict", "provider_refused", "provider_unavailable"],
  },
  {
    ...common,
    id: "removeApnsChannel",
    method: "DELETE",
    summary: "Delete a broadcast channel for good",
    query: ChannelRemoval,
    status: 204,
    faults: ["conflict", "not_found", "provider_refused", "provider_unavailable"],
  },
] as const satisfies readonly Operation[];
