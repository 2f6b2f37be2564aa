/** How far a task is. */
export interface ProgressState {
  /** What is going on: `epoch 3/20`, `map`. A new label starts a new clock. */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** What is counted: `patches`, `tiles`. */
  readonly unit: string;
  /** More to show behind the count: `loss 0.812`, `1.2 Mpx/s`. */
  readonly facts?: readonly string[];
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of `width` characters that is filled to a fraction. */
export function progressBar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(fraction, 0), 1) * width * 8);
  const full = '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
  return full.padEnd(width, '·');
}

/** Seconds as people read them: `8 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A number with three digits that count: `1234`, `56.7`, `0.891`. */
export function formatRate(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
  return value.toFixed(digits);
}

/** Speed and time left, from what was done since a task began. */
export function pace(done: number, total: number, seconds: number): { perSecond: number; left: number } {
  const perSecond = seconds > 0 ? done / seconds : 0;
  return { perSecond, left: perSecond > 0 ? (total - done) / perSecond : Number.POSITIVE_INFINITY };
}

/** One line about a task: label, bar (where wanted), share, count, speed, facts, time left. */
export function progressLine(
  { label, done, total, unit, facts = [] }: ProgressState,
  seconds: number,
  barWidth = 0,
): string {
  const { perSecond, left } = pace(done, total, seconds);
  const share = total > 0 ? done / total : 0;
  const parts = [
    `${done}/${total} ${unit}`,
    ...(facts.some((fact) => fact.includes(`${unit}/s`)) ? [] : [`${formatRate(perSecond)} ${unit}/s`]),
    ...facts,
    ...(done < total && Number.isFinite(left) ? [`${formatDuration(left)} left`] : []),
  ];
  const bar = barWidth > 0 ? ` ${progressBar(share, barWidth)}` : '';
  return `${label}${bar} ${String(Math.floor(100 * share)).padStart(3)} %  ${parts.join(' · ')}`;
}
