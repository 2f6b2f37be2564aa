import { ops, type Tensor } from '../../engine/index.ts';
import { Module } from '../module.ts';
import { pair, type Size2 } from './create.ts';

/** Passes its input on. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

/** Options of {@link Upsample}: a size or a factor, and how to fill in. */
export type UpsampleOptions = Omit<ops.InterpolateOptions, 'size'> & { size?: Size2 };

/** Enlarges `[N, C, H, W]`; nearest neighbour unless said otherwise. */
export class Upsample extends Module {
  readonly options: ops.InterpolateOptions;

  constructor({ size, ...options }: UpsampleOptions) {
    super();
    this.options = size === undefined ? options : { ...options, size: pair(size) };
  }

  forward(x: Tensor): Tensor {
    return ops.interpolate(x, this.options);
  }
}

/** `[N, C·r², H, W]` → `[N, C, H·r, W·r]` (Shi et al. 2016). */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    this.upscaleFactor = upscaleFactor;
  }

  forward(x: Tensor): Tensor {
    return ops.pixelShuffle(x, this.upscaleFactor);
  }
}

/** Joins the dimensions from `startDim` to `endDim`. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(startDim = 1, endDim = -1) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  forward(x: Tensor): Tensor {
    return ops.flatten(x, this.startDim, this.endDim);
  }
}
