/**
 * One nibble per target, by position. A mark is open (another pass will send it) or final.
 * Codes are persisted: never renumber.
 */
export const MARK = {
  pending: 0,
  accepted: 1,
  gone: 2,
  rejected: 3,
  retry: 4,
  throttled: 5,
  misconfigured: 6,
  suppressed: 7,
  unknown: 8,
  expired: 9,
  failed: 10,
  cancelled: 11,
  poison: 12,
  /** The answer was lost and the category lets us send again under the same ids. */
  doubtful: 13,
} as const;

export type MarkName = keyof typeof MARK;
export type Mark = (typeof MARK)[MarkName];

const NAMES: MarkName[] = Object.keys(MARK) as MarkName[];
const OPEN: ReadonlySet<number> = new Set([MARK.pending, MARK.retry, MARK.throttled, MARK.doubtful]);

export const markName = (mark: Mark): MarkName => NAMES[mark] ?? "pending";
export const isOpen = (mark: Mark): boolean => OPEN.has(mark);

/** Marks of a job, packed two to a byte when written. */
export type Marks = Uint8Array;

export function packMarks(marks: Marks): Uint8Array {
  const packed = new Uint8Array((marks.length + 1) >> 1);
  for (let index = 0; index < marks.length; index++) {
    packed[index >> 1]! |= marks[index]! << (index % 2 === 0 ? 0 : 4);
  }
  return packed;
}

export function unpackMarks(packed: Uint8Array, count: number): Marks {
  const marks = new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    marks[index] = (packed[index >> 1]! >> (index % 2 === 0 ? 0 : 4)) & 0xf;
  }
  return marks;
}

/** How many targets carry each mark; only names that occur. */
export function countMarks(marks: Marks): Partial<Record<MarkName, number>> {
  const counts: Partial<Record<MarkName, number>> = {};
  for (const mark of marks) {
    const name = markName(mark as Mark);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
