import * as z from "zod/mini";
import { LadderInput } from "../ladder/rungs.ts";
import { AppId, Id, LIMITS } from "../notification/request.ts";
import { Welcome } from "../notification/welcome.ts";
import { CHANNELS, HANDSET_PROVIDERS, PRIORITIES } from "../words.ts";
import { SCOPES } from "./app.ts";

const httpsUrl = z
  .string()
  .check(z.maxLength(2048), z.regex(/^https:\/\/[^\s\p{Cs}]+$/u, "must be an https URL"));
/** No control characters, and no half of one: no table takes that. */
const line = (max: number) =>
  z.string().check(z.minLength(1), z.maxLength(max), z.regex(/^[^\p{Cc}\p{Cs}]*$/u));
const label = line(128);
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));

/** An origin as browsers write it: no path, no slash at the end, no wildcard. */
const Origin = z
  .string()
  .check(
    z.maxLength(255),
    z.regex(
      /^(https:\/\/[a-z0-9.-]+|http:\/\/(localhost|127\.0\.0\.1))(:\d{1,5})?$/,
      "must be an origin such as https://shop.example (http only for localhost)",
    ),
  );

const CategoryInput = z.strictObject({
  priority: z.optional(z.enum(PRIORITIES)),
  channels: z.optional(z.array(z.enum(CHANNELS)).check(z.minLength(1), z.maxLength(CHANNELS.length))),
  ladder: z.optional(LadderInput),
  attempts: z.optional(whole(1, 10)),
  unknown: z.optional(z.enum(["resend", "leave"])),
  neverDouble: z.optional(z.boolean()),
  ttlS: z.optional(whole(0, LIMITS.ttlS)),
  /** Mail of it can be switched off with one click; all but `transactional` and `urgent` can where it is not said. */
  unsubscribe: z.optional(z.boolean()),
});

const MAX_CATEGORIES = 50;

const settings = {
  name: z.optional(label),
  origins: z.optional(z.array(Origin).check(z.maxLength(50))),
  categories: z.optional(
    z
      .record(Id, CategoryInput)
      .check(
        z.refine((all) => Object.keys(all).length <= MAX_CATEGORIES, `at most ${MAX_CATEGORIES} categories`),
      ),
  ),
  defaults: z.optional(
    z.strictObject({
      icon: z.optional(httpsUrl),
      badgeIcon: z.optional(httpsUrl),
      sound: z.optional(label),
      /** Order of the providers to a handset that has tokens of several: one road is taken. */
      roads: z.optional(
        z.array(z.enum(HANDSET_PROVIDERS)).check(z.minLength(1), z.maxLength(HANDSET_PROVIDERS.length)),
      ),
      /** Sent once to a browser that has subscribed for the first time. */
      welcome: z.optional(Welcome),
    }),
  ),
  limits: z.optional(
    z.strictObject({
      requestsPerS: z.optional(whole(1, 100_000)),
      maxTtlS: z.optional(whole(0, LIMITS.ttlS)),
      maxAttempts: z.optional(whole(1, 10)),
    }),
  ),
};

/** POST /v1/apps */
export const AppInput = z.strictObject({ id: AppId, ...settings });
export type AppInput = z.infer<typeof AppInput>;

/** PATCH /v1/apps/{app}: each field given replaces the one that stands there. */
export const AppChange = z.strictObject({ ...settings, disabled: z.optional(z.boolean()) });
export type AppChange = z.infer<typeof AppChange>;

/** POST /v1/apps/{app}/keys */
export const KeyInput = z.strictObject({
  name: z.optional(label),
  scopes: z.array(z.enum(SCOPES)).check(z.minLength(1), z.maxLength(SCOPES.length)),
  /** Requests made with it must be signed as well (docs/api.md#signing). */
  signed: z.optional(z.boolean()),
});
export type KeyInput = z.infer<typeof KeyInput>;

/** PUT /v1/apps/{app}/switches/{what} */
export const SwitchInput = z.strictObject({ paused: z.boolean() });
export type SwitchInput = z.infer<typeof SwitchInput>;

/** PUT /v1/apps/{app}/client-auth */
export const ClientAuthInput = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("hs256") }),
  z.strictObject({
    kind: z.literal("jwks"),
    url: httpsUrl,
    issuer: z.optional(line(512)),
    audience: z.optional(line(512)),
  }),
]);
export type ClientAuthInput = z.infer<typeof ClientAuthInput>;
