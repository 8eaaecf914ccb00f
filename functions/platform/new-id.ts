import { randomBytes } from "node:crypto";
import { now } from "./clients.ts";

/** Time-sortable and unguessable: 9 characters of time, 12 of chance. */
export const newId = (): string =>
  `n${now().toString(36).padStart(9, "0")}${randomBytes(9).toString("base64url").replaceAll("-", "_")}`;
