const PAUSE_MS = 10;

/** Random and growing, so that two racers do not meet again and again. */
export const pauseAfterRace = (race: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** race * Math.random()));
