import { ops, type Tensor } from '../../engine/index.ts';

/** Height and width of the map that a sequence of tokens stands for, in cells. */
export type MapSize = readonly [height: number, width: number];

/** `[N, C, H, W]` → `[N, H·W, C]`; a view when the map is channels-last in memory. */
export function mapToTokens(map: Tensor): Tensor {
  return ops.transpose(ops.flatten(map, 2), 1, 2);
}

/** `[N, H·W, C]` → `[N, C, H, W]`, channels-last in memory, without a copy. */
export function tokensToMap(tokens: Tensor, [height, width]: MapSize): Tensor {
  const channels = tokens.shape[2]!;
  return ops.permute(ops.reshape(tokens, [-1, height, width, channels]), [0, 3, 1, 2]);
}

/** Height and width of a map `[N, C, H, W]`. */
export function mapSize(map: Tensor): MapSize {
  return [map.shape[2]!, map.shape[3]!];
}
