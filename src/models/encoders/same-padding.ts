import { ops, scope, type Tensor } from '../../engine/index.ts';
import { Conv2d, type Conv2dOptions } from '../../nn/index.ts';

/** Zeros to add before and after so that a stride-`stride` convolution gives ⌈size / stride⌉ cells: TensorFlow's `SAME`. */
export function samePadding(
  size: number,
  kernel: number,
  stride: number,
  dilation = 1,
): readonly [number, number] {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + (kernel - 1) * dilation + 1 - size, 0);
  return [Math.floor(total / 2), total - Math.floor(total / 2)];
}

/**
 * A convolution with TensorFlow's `SAME` padding for one design size, whatever the size that is fed. The padding may be
 * uneven (more at the right and bottom); even padding is left to the convolution itself.
 */
export class FixedSamePaddingConv2d extends Conv2d {
  readonly #uneven: readonly [number, number] | undefined;

  constructor(
    inChannels: number,
    outChannels: number,
    kernel: number,
    { designSize, ...options }: Omit<Conv2dOptions, 'padding'> & { designSize: number; stride?: number },
  ) {
    const [before, after] = samePadding(designSize, kernel, options.stride ?? 1);
    super(inChannels, outChannels, kernel, { ...options, padding: before === after ? before : 0 });
    this.#uneven = before === after ? undefined : [before, after];
  }

  override forward(x: Tensor): Tensor {
    if (this.#uneven === undefined) return super.forward(x);
    const [before, after] = this.#uneven;
    return scope(() => super.forward(ops.pad(x, [before, after, before, after])));
  }
}

/** A convolution with TensorFlow's `SAME` padding, worked out from each image's size. */
export class SamePaddingConv2d extends Conv2d {
  override forward(x: Tensor): Tensor {
    const [rows, columns] = [0, 1].map((axis) =>
      samePadding(x.shape[axis + 2]!, this.kernelSize[axis]!, this.stride[axis]!, this.dilation[axis]!),
    );
    const [[top, bottom], [left, right]] = [rows!, columns!];
    if (top === 0 && bottom === 0 && left === 0 && right === 0) return super.forward(x);
    return scope(() => super.forward(ops.pad(x, [left, right, top, bottom])));
  }
}
