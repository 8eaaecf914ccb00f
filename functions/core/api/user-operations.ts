import * as z from "zod/mini";
import { Id } from "../notification/request.ts";
import { PreferencesInput } from "../policy/preferences.ts";
import { DeviceId, DeviceInput, UserInput } from "../recipient/device.ts";
import { BulkAnswer } from "./answers.ts";
import type { Operation } from "./operation.ts";
import { DeviceAnswer, PreferencesAnswer, UserAnswer } from "./user-answers.ts";

/** One line of POST /v1/users:bulk: the user's id beside what PUT /v1/users/{user} takes. */
const UserLine = z.extend(UserInput, { user: Id });
/** One line of POST /v1/devices:bulk. */
const DeviceLine = z.extend(DeviceInput, { user: Id, device: DeviceId });

const DEVICE_FAULTS = ["endpoint_refused", "limit_reached", "conflict"] as const;

export const USER_OPERATIONS = [
  {
    id: "saveUser",
    fn: "manage",
    method: "PUT",
    path: "/v1/users/{user}",
    summary: "Create a user, or replace the profile of one (devices stay)",
    access: { key: "users" },
    body: UserInput,
    status: 200,
    mayCreate: true,
    answer: UserAnswer,
    faults: ["limit_reached", "conflict"],
  },
  {
    id: "getUser",
    fn: "manage",
    method: "GET",
    path: "/v1/users/{user}",
    summary: "A user with the devices; tokens are never shown",
    access: { key: "users" },
    status: 200,
    answer: UserAnswer,
  },
  {
    id: "eraseUser",
    fn: "manage",
    method: "DELETE",
    path: "/v1/users/{user}",
    summary: "Erase a user: profile, devices, tokens, inbox, connections; sends under way leave the user out",
    access: { key: "users" },
    status: 204,
    faults: ["conflict"],
  },
  {
    id: "setPreferences",
    fn: "manage",
    method: "PUT",
    path: "/v1/users/{user}/preferences",
    summary: "Replace what a user has switched off: channels, categories, or channels of a category",
    access: { key: "users" },
    body: PreferencesInput,
    status: 200,
    answer: PreferencesAnswer,
    faults: ["limit_reached", "conflict"],
  },
  {
    id: "registerDevice",
    fn: "manage",
    method: "PUT",
    path: "/v1/users/{user}/devices/{device}",
    summary: "Register a device with its tokens; a token that belonged to somebody else moves",
    access: { key: "users" },
    params: { device: DeviceId },
    body: DeviceInput,
    status: 200,
    answer: DeviceAnswer,
    faults: [...DEVICE_FAULTS],
  },
  {
    id: "removeDevice",
    fn: "manage",
    method: "DELETE",
    path: "/v1/users/{user}/devices/{device}",
    summary: "Remove a device; sends under way leave it out",
    access: { key: "users" },
    status: 204,
    faults: ["conflict"],
  },
  {
    id: "saveUsers",
    fn: "manage",
    method: "POST",
    path: "/v1/users:bulk",
    summary: "Up to 1,000 users, one JSON document a line, each answered by itself",
    access: { key: "users" },
    body: UserLine,
    ndjson: true,
    status: 207,
    answer: BulkAnswer,
  },
  {
    id: "registerDevices",
    fn: "manage",
    method: "POST",
    path: "/v1/devices:bulk",
    summary: "Up to 1,000 devices, one JSON document a line, each answered by itself",
    access: { key: "users" },
    body: DeviceLine,
    ndjson: true,
    status: 207,
    answer: BulkAnswer,
  },
] as const satisfies readonly Operation[];
