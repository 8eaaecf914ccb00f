import * as z from "zod/mini";
import { AppChange, AppInput, ClientAuthInput, KeyInput, SwitchInput } from "../app/app-input.ts";
import { ProviderInput, ProviderQuery } from "../app/provider-input.ts";
import {
  AppAnswer,
  AppsAnswer,
  KeysAnswer,
  NewKeyAnswer,
  ProviderSetAnswer,
  QueuesAnswer,
  SwitchesAnswer,
} from "./app-answers.ts";
import { cursor, limit } from "./list-query.ts";
import type { Operation } from "./operation.ts";

const ADMIN = { admin: true } as const;
const APPS = { key: "apps" } as const;

/** How many and from where on. */
export const AppsQuery = z.strictObject({ limit: z.optional(limit), cursor: z.optional(cursor) });
export type AppsQuery = z.infer<typeof AppsQuery>;

const APP_ROUTES = [
  {
    id: "createApp",
    fn: "manage",
    method: "POST",
    path: "/v1/apps",
    summary: "Create an app",
    access: ADMIN,
    body: AppInput,
    status: 201,
    answer: AppAnswer,
    faults: ["conflict"],
  },
  {
    id: "listApps",
    fn: "manage",
    method: "GET",
    path: "/v1/apps",
    summary: "All apps by id, a page at a time",
    access: ADMIN,
    query: AppsQuery,
    status: 200,
    answer: AppsAnswer,
  },
  {
    id: "getApp",
    fn: "manage",
    method: "GET",
    path: "/v1/apps/{app}",
    summary: "An app; of its credentials only what they are recognised by",
    access: APPS,
    status: 200,
    answer: AppAnswer,
  },
  {
    id: "changeApp",
    fn: "manage",
    method: "PATCH",
    path: "/v1/apps/{app}",
    summary: "Change an app's settings, each field by itself",
    access: APPS,
    body: AppChange,
    status: 200,
    answer: AppAnswer,
  },
  {
    id: "removeApp",
    fn: "manage",
    method: "DELETE",
    path: "/v1/apps/{app}",
    summary: "Remove an app with its keys, switches and credentials; its users stay until they are erased",
    access: ADMIN,
    status: 204,
  },
] as const satisfies readonly Operation[];

const KEY_ROUTES = [
  {
    id: "issueKey",
    fn: "manage",
    method: "POST",
    path: "/v1/apps/{app}/keys",
    summary: "Issue an API key, shown once; two with the same name may live at a time, for rotation",
    access: APPS,
    body: KeyInput,
    status: 201,
    answer: NewKeyAnswer,
    faults: ["limit_reached"],
  },
  {
    id: "listKeys",
    fn: "manage",
    method: "GET",
    path: "/v1/apps/{app}/keys",
    summary: "The app's keys, revoked ones too; never their secrets",
    access: APPS,
    status: 200,
    answer: KeysAnswer,
  },
  {
    id: "revokeKey",
    fn: "manage",
    method: "DELETE",
    path: "/v1/apps/{app}/keys/{key}",
    summary: "Revoke a key; five seconds later it works nowhere",
    access: APPS,
    status: 204,
  },
] as const satisfies readonly Operation[];

const SWITCH_ROUTES = [
  {
    id: "getSwitches",
    fn: "manage",
    method: "GET",
    path: "/v1/apps/{app}/switches",
    summary: "What of the app is paused, and since when",
    access: APPS,
    status: 200,
    answer: SwitchesAnswer,
  },
  {
    id: "setSwitch",
    fn: "manage",
    method: "PUT",
    path: "/v1/apps/{app}/switches/{what}",
    summary: "Pause or resume `all`, a channel or a provider; honoured within five seconds",
    access: APPS,
    body: SwitchInput,
    status: 200,
    answer: SwitchesAnswer,
  },
  {
    id: "setClientAuth",
    fn: "manage",
    method: "PUT",
    path: "/v1/apps/{app}/client-auth",
    summary: "How the app's end users prove who they are",
    access: APPS,
    body: ClientAuthInput,
    status: 200,
    answer: AppAnswer,
    faults: ["endpoint_refused"],
  },
] as const satisfies readonly Operation[];

const PROVIDER_ROUTES = [
  {
    id: "setProvider",
    fn: "manage",
    method: "PUT",
    path: "/v1/apps/{app}/providers/{provider}",
    summary: "Try a provider's credentials and store them, or the secret for client tokens (jwt); write-only",
    access: APPS,
    query: ProviderQuery,
    body: ProviderInput,
    status: 200,
    answer: ProviderSetAnswer,
    faults: ["conflict", "provider_refused"],
  },
  {
    id: "removeProvider",
    fn: "manage",
    method: "DELETE",
    path: "/v1/apps/{app}/providers/{provider}",
    summary: "Delete a provider's credentials; its channel is skipped from then on",
    access: APPS,
    status: 204,
  },
] as const satisfies readonly Operation[];

const QUEUE_ROUTES = [
  {
    id: "getQueues",
    fn: "manage",
    method: "GET",
    path: "/v1/queues",
    summary: "What waits, is in flight, is delayed or dead, per priority; and what is paused",
    access: APPS,
    status: 200,
    answer: QueuesAnswer,
  },
] as const satisfies readonly Operation[];

export const APP_OPERATIONS = [
  ...APP_ROUTES,
  ...KEY_ROUTES,
  ...PROVIDER_ROUTES,
  ...SWITCH_ROUTES,
  ...QUEUE_ROUTES,
] as const;
