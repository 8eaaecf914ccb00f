/** A vendor's codes of one meaning that follow each other. */
export const codesBetween = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
