import { sha256Hex } from "../hash.ts";

/** Key of a climb's row: behind the page's own, in the order of the climbs. `!` never occurs in an id. */
export const climbKey = (page: string, seat: number): string => `${page}!${String(seat).padStart(4, "0")}`;
/** The page that a row is about, itself or by a climb. */
export const pageOf = (startKey: string): string => startKey.split("!", 1)[0]!;
/** A climb's name in the set of those that are counted, which is written with every job of its bucket. */
export const climbName = (startKey: string): string => sha256Hex(startKey).slice(0, 8);
