import { ops, type Tensor } from '../../engine/index.ts';
import { Module } from '../module.ts';
import { pair, type Size2 } from './create.ts';

/** Options of {@link MaxPool2d}; the stride defaults to the window. */
export interface MaxPool2dOptions {
  stride?: Size2;
  padding?: Size2;
  dilation?: Size2;
  ceilMode?: boolean;
}

/** Maximum over windows of `[N, C, H, W]`. */
export class MaxPool2d extends Module {
  readonly kernelSize: [number, number];
  readonly options: Required<MaxPool2dOptions>;

  constructor(kernelSize: Size2, options: MaxPool2dOptions = {}) {
    super();
    const { stride = kernelSize, padding = 0, dilation = 1, ceilMode = false } = options;
    this.kernelSize = pair(kernelSize);
    this.options = { stride: pair(stride), padding: pair(padding), dilation: pair(dilation), ceilMode };
  }

  forward(x: Tensor): Tensor {
    return ops.maxPool2d(x, this.kernelSize, this.options);
  }
}

/** Options of {@link AvgPool2d}; the stride defaults to the window. */
export interface AvgPool2dOptions {
  stride?: Size2;
  padding?: Size2;
  ceilMode?: boolean;
  countIncludePad?: boolean;
}

/** Mean over windows of `[N, C, H, W]`. */
export class AvgPool2d extends Module {
  readonly kernelSize: [number, number];
  readonly options: Required<AvgPool2dOptions>;

  constructor(kernelSize: Size2, options: AvgPool2dOptions = {}) {
    super();
    const { stride = kernelSize, padding = 0, ceilMode = false, countIncludePad = true } = options;
    this.kernelSize = pair(kernelSize);
    this.options = { stride: pair(stride), padding: pair(padding), ceilMode, countIncludePad };
  }

  forward(x: Tensor): Tensor {
    return ops.avgPool2d(x, this.kernelSize, this.options);
  }
}

/** Mean over as many windows as the output has cells. */
export class AdaptiveAvgPool2d extends Module {
  readonly outputSize: [number, number];

  constructor(outputSize: Size2) {
    super();
    this.outputSize = pair(outputSize);
  }

  forward(x: Tensor): Tensor {
    return ops.adaptiveAvgPool2d(x, this.outputSize);
  }
}
