import { VERDICT_WINDOW_MS, type Window } from "../core/dispatch/verdict.ts";
import { type Table, ttlOf } from "./table.ts";

/** Results and bad tokens of one app and provider in one window of ten minutes. */
export function verdictStore(guard: Table) {
  const key = (app: string, provider: string, window: number) => ({
    pk: `verdict#${app}#${provider}#${window}`,
  });
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
            ":ttl": ttlOf((window + 6) * VERDICT_WINDOW_MS),
          },
          returns: "ALL_NEW",
        },
      );
      const item = written.ok ? written.item : undefined;
      return { results: Number(item?.["results"] ?? 0), bad: Number(item?.["bad"] ?? 0) };
    },
    async read(app: string, provider: string, window: number): Promise<Window> {
      const item = await guard.get(key(app, provider, window));
      return { results: Number(item?.["results"] ?? 0), bad: Number(item?.["bad"] ?? 0) };
    },
  };
}
export type VerdictStore = ReturnType<typeof verdictStore>;
