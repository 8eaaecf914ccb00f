/** API Gateway's throttle: `burst` tokens at most, `rate` new ones a second. */

export type TokenBucket = { take(): boolean };

export function createTokenBucket(limits: {
  ratePerS: number;
  burst: number;
  nowMs: () => number;
}): TokenBucket {
  const { ratePerS, burst, nowMs } = limits;
  let tokens = burst;
  let filledAtMs = nowMs();
  return {
    take() {
      const now = nowMs();
      tokens = Math.min(burst, tokens + ((now - filledAtMs) / 1000) * ratePerS);
      filledAtMs = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}

export const neverThrottles: TokenBucket = { take: () => true };
