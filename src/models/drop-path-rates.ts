/**
 * Stochastic depth that grows linearly from 0 in the first block to `rate` in the last, in float32 as `torch.linspace` has it.
 *
 * @param depths blocks of each stage
 * @returns the rates of each stage's blocks
 */
export function dropPathRates(rate: number, depths: readonly number[]): number[][] {
  const last = depths.reduce((sum, depth) => sum + depth, 0) - 1;
  let block = 0;
  return depths.map((depth) =>
    Array.from({ length: depth }, () => Math.fround((rate * block++) / Math.max(last, 1))),
  );
}
