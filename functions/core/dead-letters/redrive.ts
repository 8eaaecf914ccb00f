import { type DeadLetter, summarise } from "./dead-letter.ts";

export type RedrivePorts<L extends DeadLetter> = {
  /** Up to `most` letters, each hidden from others for longer than a redrive takes; none = no more to be had. */
  receive(most: number): Promise<readonly L[]>;
  /** Puts letters back into the queues they came from. @throws Error when any was not taken */
  sendBack(letters: readonly L[]): Promise<void>;
  remove(letters: readonly L[]): Promise<void>;
  /** Makes letters that stay visible again. */
  show(letters: readonly L[]): Promise<void>;
};

export type RedriveRequest = {
  /** As many letters as are looked at. */
  max: number;
  /** What becomes of letters that cannot go back: poison copies and what is not readable. */
  stuck: "keep" | "delete";
  /** No further letters are received from then on. */
  hasTime(): boolean;
};

export type RedriveCounts = { redriven: number; deleted: number; kept: number };

/**
 * Takes letters back to their queues: each is sent before it is removed, so that a failure between leaves two of
 * it, which ids make harmless, and never none.
 */
export async function redrive<L extends DeadLetter>(
  ports: RedrivePorts<L>,
  { max, stuck, hasTime }: RedriveRequest,
): Promise<RedriveCounts> {
  const counts: RedriveCounts = { redriven: 0, deleted: 0, kept: 0 };
  const staying: L[] = [];
  try {
    for (let seen = 0; seen < max && hasTime(); ) {
      const letters = await ports.receive(max - seen);
      if (letters.length === 0) break;
      seen += letters.length;
      const useless = letters.filter((letter) => summarise(letter).stuck !== undefined);
      const back = letters.filter((letter) => !useless.includes(letter));
      if (stuck === "keep") staying.push(...useless);
      await ports.sendBack(back);
      await ports.remove(stuck === "delete" ? letters : back);
      counts.redriven += back.length;
      counts[stuck === "delete" ? "deleted" : "kept"] += useless.length;
    }
  } finally {
    await ports.show(staying);
  }
  return counts;
}
