import { ops, type Tensor } from '../../../engine/index.ts';
import { LayerNorm, Module, Sequential } from '../../../nn/index.ts';

/** The authors' norms inside of the backbone. */
const EPSILON = 1e-6;

/** `[N, C, H, W]` → `[N, H, W, C]`, a view. */
class ToChannelsLast extends Module {
  forward(map: Tensor): Tensor {
    return ops.permute(map, [0, 2, 3, 1]);
  }
}

/** `[N, H, W, C]` → `[N, C, H, W]`, a view. */
class ToChannelsFirst extends Module {
  forward(map: Tensor): Tensor {
    return ops.permute(map, [0, 3, 1, 2]);
  }
}

/** Where the channels of a map are. */
export type Layout = 'first' | 'last';

/** A layer norm over channels with the changes of layout around it, which count in parameter names (`norm1.1.weight`). */
export function layoutNorm(width: number, from: Layout = 'last', to: Layout = 'last'): Sequential {
  const norm = new LayerNorm(width, { eps: EPSILON });
  return new Sequential(
    ...(from === 'first' ? [new ToChannelsLast()] : []),
    norm,
    ...(to === 'first' ? [new ToChannelsFirst()] : []),
  );
}
