/** One request as a fake provider's log keeps it. */
export type Received = {
  atMs: number;
  /** Device token, registration token, installation id, endpoint URL, topic, condition or broadcast channel. */
  token: string;
  headers: Record<string, string>;
  /** The payload as the device would see it: parsed, and decrypted for Web Push. */
  payload: unknown;
  status: number;
  reason?: string;
  /** Whose credentials it came with, where no header of it tells. */
  by?: string;
  /** Tokens that the provider handed a topic's message on to. */
  reached?: string[];
};

const MAX_ENTRIES = 200_000;

/** A log that forgets its oldest half when it is full. */
export function createLog(): { entries: Received[]; add(entry: Received): void } {
  const entries: Received[] = [];
  return {
    entries,
    add(entry) {
      if (entries.length >= MAX_ENTRIES) entries.splice(0, MAX_ENTRIES / 2);
      entries.push(entry);
    },
  };
}
