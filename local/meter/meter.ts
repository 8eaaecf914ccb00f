import { PRICE_USD, type Unit } from "./prices.ts";

export type Totals = {
  units: Partial<Record<Unit, number>>;
  byPrincipal: Record<string, Partial<Record<Unit, number>>>;
};

export type Meter = {
  add(unit: Unit, amount: number, by: { principal: string }): void;
  totals(): Totals;
  /** A point to count from. */
  mark(): Totals;
  since(mark: Totals): Totals;
};

type Counts = Partial<Record<Unit, number>>;

function minus(now: Counts, before: Counts): Counts {
  const difference: Counts = {};
  for (const [unit, amount] of Object.entries(now) as [Unit, number][]) {
    const grown = amount - (before[unit] ?? 0);
    if (grown !== 0) difference[unit] = grown;
  }
  return difference;
}

/** List price of the units, without any free tier. */
export function dollars(totals: Totals): number {
  return (Object.entries(totals.units) as [Unit, number][]).reduce(
    (sum, [unit, amount]) => sum + amount * PRICE_USD[unit],
    0,
  );
}

export function createMeter(): Meter {
  const units: Counts = {};
  const byPrincipal: Record<string, Counts> = {};
  const totals = () => structuredClone({ units, byPrincipal });
  return {
    add(unit, amount, { principal }) {
      units[unit] = (units[unit] ?? 0) + amount;
      byPrincipal[principal] ??= {};
      const own = byPrincipal[principal];
      own[unit] = (own[unit] ?? 0) + amount;
    },
    totals,
    mark: totals,
    since(mark) {
      const now = totals();
      const principals = Object.entries(now.byPrincipal).map(
        ([name, counts]) => [name, minus(counts, mark.byPrincipal[name] ?? {})] as const,
      );
      return {
        units: minus(now.units, mark.units),
        byPrincipal: Object.fromEntries(principals.filter(([, counts]) => Object.keys(counts).length > 0)),
      };
    },
  };
}
