import { ops, type Tensor } from '../../engine/index.ts';
import { fans, kaimingUniform_, uniform_ } from '../init.ts';
import { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';
import { emptyParameter, pair, type Size2 } from './create.ts';

/** Options of {@link Conv2d}; defaults are `torch.nn`'s. */
export interface Conv2dOptions {
  stride?: Size2;
  padding?: Size2;
  dilation?: Size2;
  groups?: number;
  bias?: boolean;
}

/** Weights and biases as `torch.nn` draws them for convolutions and linear layers. */
export function initialiseLinear(weight: Parameter, bias: Parameter | null): void {
  kaimingUniform_(weight, { a: Math.sqrt(5) });
  if (!bias) return;
  const { fanIn } = fans(weight);
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  uniform_(bias, -bound, bound);
}

/** 2-D convolution, `[N, inChannels, H, W]` → `[N, outChannels, H', W']`. */
export class Conv2d extends Module {
  readonly weight: Parameter;
  bias: Parameter | null;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly dilation: [number, number];
  readonly groups: number;

  constructor(inChannels: number, outChannels: number, kernelSize: Size2, options: Conv2dOptions = {}) {
    super();
    const { stride = 1, padding = 0, dilation = 1, groups = 1, bias = true } = options;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pair(kernelSize);
    this.stride = pair(stride);
    this.padding = pair(padding);
    this.dilation = pair(dilation);
    this.groups = groups;
    this.weight = emptyParameter([outChannels, inChannels / groups, ...this.kernelSize]);
    this.bias = bias ? emptyParameter([outChannels]) : null;
    this.resetParameters();
  }

  resetParameters(): void {
    initialiseLinear(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    const { stride, padding, dilation, groups } = this;
    return ops.conv2d(x, this.weight, this.bias, { stride, padding, dilation, groups });
  }
}

/** Options of {@link ConvTranspose2d}; defaults are `torch.nn`'s. */
export interface ConvTranspose2dOptions extends Conv2dOptions {
  outputPadding?: Size2;
}

/** Transposed 2-D convolution, `[N, inChannels, H, W]` → `[N, outChannels, H', W']`. */
export class ConvTranspose2d extends Module {
  readonly weight: Parameter;
  bias: Parameter | null;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: [number, number];
  readonly stride: [number, number];
  readonly padding: [number, number];
  readonly outputPadding: [number, number];
  readonly dilation: [number, number];
  readonly groups: number;

  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Size2,
    options: ConvTranspose2dOptions = {},
  ) {
    super();
    const { stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1, bias = true } = options;
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = pair(kernelSize);
    this.stride = pair(stride);
    this.padding = pair(padding);
    this.outputPadding = pair(outputPadding);
    this.dilation = pair(dilation);
    this.groups = groups;
    this.weight = emptyParameter([inChannels, outChannels / groups, ...this.kernelSize]);
    this.bias = bias ? emptyParameter([outChannels]) : null;
    this.resetParameters();
  }

  resetParameters(): void {
    initialiseLinear(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    const { stride, padding, outputPadding, dilation, groups } = this;
    return ops.convTranspose2d(x, this.weight, this.bias, {
      stride,
      padding,
      outputPadding,
      dilation,
      groups,
    });
  }
}
