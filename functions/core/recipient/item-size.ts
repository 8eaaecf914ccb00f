import { AppError } from "../errors/app-error.ts";
import type { Recipient } from "./device.ts";

/** A recipient is one Directory item: a walk of a million of them pays for every byte. */
const MAX_ITEM_BYTES = 16 * 1024;

/**
 * Whoever is above the limit already (a click on "unsubscribe" is never refused) may change what does not grow: their
 * phone registers at every start.
 * @throws AppError limit_reached
 */
export function checkSize(recipient: Recipient, before: Recipient | undefined): void {
  const bytes = sizeOf(recipient);
  if (bytes <= MAX_ITEM_BYTES || (before !== undefined && bytes <= sizeOf(before))) return;
  throw new AppError(
    "limit_reached",
    `user ${recipient.user} with all devices would take ${bytes} bytes; the limit is ${MAX_ITEM_BYTES}: remove devices or attributes`,
  );
}

const sizeOf = (recipient: Recipient): number => Buffer.byteLength(JSON.stringify(recipient));
