import { AppError } from "../errors/app-error.ts";
import type { Recipient } from "./device.ts";

/** A recipient is one Directory item: a walk of a million of them pays for every byte. */
const MAX_ITEM_BYTES = 16 * 1024;

/** @throws AppError limit_reached */
export function checkSize(recipient: Recipient): void {
  const bytes = Buffer.byteLength(JSON.stringify(recipient));
  if (bytes <= MAX_ITEM_BYTES) return;
  throw new AppError(
    "limit_reached",
    `user ${recipient.user} with all devices would take ${bytes} bytes; the limit is ${MAX_ITEM_BYTES}: remove devices or attributes`,
  );
}
