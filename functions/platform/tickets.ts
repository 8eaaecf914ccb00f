import { randomBytes } from "node:crypto";
import { sha256Hex } from "../core/hash.ts";
import { ttlOf } from "../storage/table.ts";
import { now, tableOf } from "./clients.ts";

/** A ticket opens one connection within this time; URLs are logged by every proxy on the way. */
export const TICKET_LIFE_MS = 60_000;

export type Holder = { app: string; user: string };

const keyOf = (ticket: string) => ({ pk: `ticket#${sha256Hex(ticket)}` });

export async function makeTicket({ app, user }: Holder): Promise<{ ticket: string; expiresAtMs: number }> {
  const ticket = randomBytes(24).toString("base64url");
  const expiresAtMs = now() + TICKET_LIFE_MS;
  await tableOf("guard").put({ ...keyOf(ticket), app, user, expiresAtMs, ttl: ttlOf(expiresAtMs) });
  return { ticket, expiresAtMs };
}

/** The holder of a ticket, once; undefined for one that is used, over or made up. */
export async function takeTicket(ticket: string): Promise<Holder | undefined> {
  if (!/^[\w-]{32}$/.test(ticket)) return undefined;
  const { item } = await tableOf("guard")
    .remove(keyOf(ticket), { returns: "ALL_OLD" })
    .then((done) => ({ item: done.ok ? done.item : undefined }));
  if (item === undefined || Number(item["expiresAtMs"]) <= now()) return undefined;
  return { app: item["app"] as string, user: item["user"] as string };
}
