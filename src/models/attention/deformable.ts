import { ops, type Tensor, tensor } from '../../engine/index.ts';

/** Height and width of one level of a feature pyramid, in cells. */
export type LevelSize = readonly [height: number, width: number];

/**
 * Multi-scale deformable attention: each query reads a few bilinear samples of each level of a pyramid and adds them
 * up with its own weights. Samples outside a level are zero.
 *
 * @param value `[N, Σ hᵢwᵢ, heads, d]`, the levels one after the other
 * @param sizes the levels' sizes
 * @param grids for each level, sampling places `[N, L, heads, points, 2]` (x, y), −1 and 1 being the level's outer edges
 * @param weights `[N, L, heads, levels·points]`
 * @returns `[N, L, heads·d]`
 * @see Zhu et al., "Deformable DETR", 2020
 */
export function multiScaleDeformableAttention(
  value: Tensor,
  sizes: readonly LevelSize[],
  grids: readonly Tensor[],
  weights: Tensor,
): Tensor {
  const [batch, , heads, width] = value.shape as [number, number, number, number];
  const queries = weights.shape[1]!;
  const points = weights.shape[3]! / sizes.length;
  const mixing = ops.reshape(ops.transpose(weights, 1, 2), [
    batch * heads,
    1,
    queries,
    sizes.length * points,
  ]);
  let start = 0;
  let total: Tensor | undefined;
  for (const [level, [height, columns]] of sizes.entries()) {
    const cells = ops.permute(ops.narrow(value, 1, start, height * columns), [0, 2, 3, 1]);
    const map = ops.reshape(cells, [batch * heads, width, height, columns]);
    const grid = ops.flatten(ops.transpose(grids[level]!, 1, 2), 0, 1);
    // Under autocast values may be of half precision; places never are.
    const samples = ops.gridSample(map.to({ dtype: grid.dtype }), grid, {
      mode: 'bilinear',
      paddingMode: 'zeros',
      alignCorners: false,
    });
    const weighted = ops.sum(ops.mul(samples, ops.narrow(mixing, 3, level * points, points)), { dim: -1 });
    // Adding level by level: the samples of all levels are never copied side by side.
    total = total === undefined ? weighted : ops.add(total, weighted);
    start += height * columns;
  }
  return ops.transpose(ops.reshape(total!, [batch, heads * width, queries]), 1, 2);
}

/** Centres of a level's cells in grid-sampling coordinates, x before y, row by row: `[height·width, 2]`. */
export function cellCentres([height, width]: LevelSize): Tensor {
  const centres = new Float32Array(height * width * 2);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const place = (row * width + column) * 2;
      centres[place] = (2 * column + 1) / width - 1;
      centres[place + 1] = (2 * row + 1) / height - 1;
    }
  }
  return tensor(centres, [height * width, 2]);
}
