/** A day as a product name gives it. */
export interface ProductDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
}

/**
 * The day a Sentinel-2 product was taken, from its name (`S2A_MSIL2A_20190315T105021_…`, `SENTINEL2A_20190315-105021-…`); null where no
 * valid day stands in it.
 */
export function productDate(name: string): ProductDate | null {
  const [, year, month, day] = /(?:^|_)(\d{4})(\d{2})(\d{2})(?=[T_-]|$)/.exec(name.trim()) ?? [];
  if (year === undefined) return null;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const check = new Date(Date.UTC(date.year, date.month - 1, date.day));
  return check.getUTCMonth() === date.month - 1 && check.getUTCDate() === date.day ? date : null;
}

/** The days of a `products.txt`: one product a line, one line a time step. */
export function productDates(text: string): (ProductDate | null)[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  while (lines.at(-1) === '') lines.pop();
  return lines.map(productDate);
}
