/** One line of the bench's table. */
export interface Row {
  readonly name: string;
  /** What was measured: `0.93×`, `3.4×`. */
  readonly measured: string;
  /** What is asked for. */
  readonly target: string;
  readonly met: boolean;
  /** Times behind the ratio, spread, conditions. */
  readonly detail: string;
}

/** How much to measure. */
export interface BenchOptions {
  /** Fewer repeats and smaller sizes: does everything still run, roughly how fast. */
  readonly quick: boolean;
  readonly device: 'cpu' | 'cuda';
  /** Pairs that are measured for each row; the median counts. */
  readonly repeats: number;
}

/** Measures some rows; says why when it cannot. */
export type Bench = (options: BenchOptions) => Promise<readonly Row[]>;

/** A row that could not be measured here, and why. */
export function missing(name: string, target: string, reason: string): Row {
  return { name, measured: '–', target, met: false, detail: `not measured: ${reason}` };
}

/** Seconds in the unit that reads best. */
export function duration(seconds: number): string {
  if (seconds < 1e-3) return `${(seconds * 1e6).toFixed(2)} µs`;
  return seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`;
}

/** A ratio row: ours / theirs, the smaller the better. */
export function ratioRow(
  name: string,
  result: { ratio: number; ours: number; theirs: number; ratios: readonly number[] },
  most: number,
  note = '',
): Row {
  const spread = `${Math.min(...result.ratios).toFixed(2)}–${Math.max(...result.ratios).toFixed(2)}`;
  return {
    name,
    measured: `${result.ratio.toFixed(2)}×`,
    target: `≤ ${most}×`,
    met: result.ratio <= most,
    detail: `${duration(result.ours)} against ${duration(result.theirs)}; pairs ${spread}${note}`,
  };
}

/** A speed-up row: theirs / ours, the larger the better. */
export function speedupRow(
  name: string,
  result: { ratio: number; ours: number; theirs: number; ratios: readonly number[] },
  least: number,
  note = '',
): Row {
  const speedups = result.ratios.map((ratio) => 1 / ratio);
  return {
    name,
    measured: `${(1 / result.ratio).toFixed(2)}×`,
    target: `≥ ${least}×`,
    met: 1 / result.ratio >= least,
    detail: `${duration(result.ours)} against ${duration(result.theirs)}; pairs ${Math.min(...speedups).toFixed(2)}–${Math.max(...speedups).toFixed(2)}${note}`,
  };
}
