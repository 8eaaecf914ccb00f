import type { Outcome } from "../core/dispatch/outcome.ts";
import { spentDayKey } from "./keys.ts";
import { alive, type Table, ttlOf } from "./table.ts";

type Told = { outcome: Outcome; untilMs: number };

/** Quotas of the day that a vendor has called used up, shared by all environments: vendors lower them for further tries. */
export const spentDayStore = (guard: Table, { app, provider }: { app: string; provider: string }) => ({
  /** @param kind which of the provider's quotas */
  async read(kind: string, nowMs: number): Promise<Told | undefined> {
    const item = alive(await guard.get(spentDayKey(app, provider, kind)), nowMs);
    return item && { outcome: item["outcome"] as Outcome, untilMs: Number(item["untilMs"]) };
  },

  async write(kind: string, { outcome, untilMs }: Told): Promise<void> {
    await guard.put({ ...spentDayKey(app, provider, kind), outcome, untilMs, ttl: ttlOf(untilMs) });
  },
});
