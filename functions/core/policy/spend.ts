/** Part of a cap that one message takes. */
export type Take = { key: string; amount: number; cap: number };

export type Spend = {
  /** Takes from caps of the day (UTC), of all or of none; `key` names the cap that would have been exceeded. */
  take(takes: readonly Take[], atMs: number): Promise<{ ok: true } | { ok: false; key: string }>;
};
