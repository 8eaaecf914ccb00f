import { VERDICT_WINDOW_MS, type Window } from "../core/dispatch/verdict.ts";
import { type Table, ttlOf } from "./table.ts";

/** So long a window is known. */
const KEPT_WINDOWS = 6;

/** What may be told more than once: `part` is its name for ever, `holder` that of who tells it now. */
export type ToldPart = { app: string; provider: string; window: number; part: string; holder: string };

/** Results and bad tokens of one app and provider in one window of ten minutes. */
export function verdictStore(guard: Table) {
  const key = (app: string, provider: string, window: number) => ({
    pk: `verdict#${app}#${provider}#${window}`,
  });
  const ttlOfWindow = (window: number) => ttlOf((window + KEPT_WINDOWS) * VERDICT_WINDOW_MS);
  return {
    async add(app: string, provider: string, window: number, counted: Window): Promise<Window> {
      const written = await guard.update(
        key(app, provider, window),
        "ADD results :results, bad :bad SET #ttl = :ttl",
        {
          names: { "#ttl": "ttl" },
          values: {
            ":results": counted.results,
            ":bad": counted.bad,
            ":ttl": ttlOfWindow(window),
          },
          returns: "ALL_NEW",
        },
      );
      const item = written.ok ? written.item : undefined;
      return { results: Number(item?.["results"] ?? 0), bad: Number(item?.["bad"] ?? 0) };
    },

    /**
     * Adds a part once, while the window that it was added to is known. A holder that was cut off before it could note
     * that it has added may add again: too many bad tokens cost none of them.
     * @returns the window that the part belongs to
     */
    async addOnce(
      { app, provider, window, part, holder }: ToldPart,
      counted: Window,
    ): Promise<{ window: number; total: Window }> {
      const row = { pk: `verdictPart#${app}#${provider}#${part}` };
      const taken = await guard.put(
        { ...row, holder, window, ttl: ttlOfWindow(window) },
        {
          condition: "attribute_not_exists(pk) OR #ttl < :now",
          names: { "#ttl": "ttl" },
          values: { ":now": ttlOf(window * VERDICT_WINDOW_MS) },
        },
      );
      const held = taken.ok ? undefined : taken.existing;
      const own = Number(held?.["window"] ?? window);
      if (held !== undefined && (held["holder"] !== holder || held["added"] === true))
        return { window: own, total: await this.read(app, provider, own) };
      const total = await this.add(app, provider, own, counted);
      await guard.update(row, "SET added = :added", { values: { ":added": true } });
      return { window: own, total };
    },

    async read(app: string, provider: string, window: number): Promise<Window> {
      const item = await guard.get(key(app, provider, window));
      return { results: Number(item?.["results"] ?? 0), bad: Number(item?.["bad"] ?? 0) };
    },
  };
}
export type VerdictStore = ReturnType<typeof verdictStore>;
