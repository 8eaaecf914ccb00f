/** Price of a part (USD) by beginning of the number; `*` for all others. */
export type SmsPrices = Readonly<Record<string, number>>;

/** What a part is taken to cost where the operator names no price: more than most countries ask. */
export const DEFAULT_PRICE_USD = 0.05;

/** The longest of the beginnings that a number has. */
export const longestPrefix = (number: string, prefixes: readonly string[]): string | undefined =>
  prefixes
    .filter((prefix) => number.startsWith(prefix))
    .reduce<string | undefined>(
      (longest, prefix) => (prefix.length > (longest?.length ?? 0) ? prefix : longest),
      undefined,
    );

/** Price of a part to a number, or to all numbers of a country that no longer beginning has a price for. */
export function partUsd(number: string, prices: SmsPrices = {}): number {
  const key = longestPrefix(number, Object.keys(prices)) ?? "*";
  return Object.hasOwn(prices, key) ? prices[key]! : DEFAULT_PRICE_USD;
}

/** What a part may cost at least and at most, to any number of these countries. */
export function partUsdRange(countries: readonly string[], prices: SmsPrices = {}): [number, number] {
  const within = Object.entries(prices).filter(([key]) =>
    countries.some((country) => key.startsWith(country)),
  );
  const all = [...countries.map((country) => partUsd(country, prices)), ...within.map(([, usd]) => usd)];
  return [Math.min(...all), Math.max(...all)];
}
