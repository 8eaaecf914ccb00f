import type { HttpReply } from "./http.ts";

/** An answer that is given as it is, for faults that break the protocol. */
export class RawReply {
  readonly reply: HttpReply;

  constructor(reply: HttpReply) {
    this.reply = reply;
  }
}
