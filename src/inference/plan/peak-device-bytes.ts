import { BYTES_PER_ELEMENT, onOperator, type Tensor } from '../../engine/index.ts';

/** Operators whose results lie in the memory of their arguments; so do those of operators in place, whose names end in `_`. */
const views =
  /_$|^aten::(view|reshape|select|slice|narrow|permute|transpose|t|squeeze|unsqueeze|expand|detach|alias)/;

function tensorsIn(value: unknown): Tensor[] {
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  return typeof value === 'object' && value !== null && 'numel' in value ? [value as Tensor] : [];
}

/** The most bytes of results that were alive at once on other devices than the processor, watched operator by operator. */
export async function peakDeviceBytes(body: () => unknown): Promise<number> {
  let alive: Tensor[] = [];
  let most = 0;
  const stop = onOperator((name, _overload, _args, results) => {
    alive = alive.filter(({ disposed }) => !disposed);
    if (!views.test(String(name)))
      alive.push(...tensorsIn(results).filter(({ device }) => device !== 'cpu' && device !== 'meta'));
    const bytes = alive.reduce((sum, { numel, dtype }) => sum + numel * BYTES_PER_ELEMENT[dtype], 0);
    most = Math.max(most, bytes);
  });
  try {
    await body();
  } finally {
    stop();
  }
  return most;
}
