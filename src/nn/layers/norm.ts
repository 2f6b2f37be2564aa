import { ops, scope, type Tensor } from '../../engine/index.ts';
import { ones_, zeros_ } from '../init.ts';
import { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';
import { onesParameter, zerosParameter } from './create.ts';

/** Options shared by the normalisations that keep no statistics. */
export interface NormOptions {
  eps?: number;
  /** Whether to scale and shift the result by parameters. */
  affine?: boolean;
}

/** Layer normalisation over the last dimensions. */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly normalizedShape: number[];
  readonly eps: number;

  constructor(normalizedShape: number | readonly number[], { eps = 1e-5, affine = true }: NormOptions = {}) {
    super();
    this.normalizedShape = typeof normalizedShape === 'number' ? [normalizedShape] : [...normalizedShape];
    this.eps = eps;
    this.weight = affine ? onesParameter(this.normalizedShape) : null;
    this.bias = affine ? zerosParameter(this.normalizedShape) : null;
  }

  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  forward(x: Tensor): Tensor {
    return ops.layerNorm(x, this.normalizedShape, this.weight, this.bias, this.eps);
  }
}

/** Layer normalisation over the channels of `[N, C, H, W]` (ConvNeXt; eps 1e-6 as there). */
export class LayerNorm2d extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly numChannels: number;
  readonly eps: number;

  constructor(numChannels: number, { eps = 1e-6 }: { eps?: number } = {}) {
    super();
    this.numChannels = numChannels;
    this.eps = eps;
    this.weight = onesParameter([numChannels]);
    this.bias = zerosParameter([numChannels]);
  }

  resetParameters(): void {
    ones_(this.weight);
    zeros_(this.bias);
  }

  forward(x: Tensor): Tensor {
    const { weight, bias, eps } = this;
    return scope(() => {
      const channelsLast = ops.permute(x, [0, 2, 3, 1]);
      return ops.permute(ops.layerNorm(channelsLast, [this.numChannels], weight, bias, eps), [0, 3, 1, 2]);
    });
  }
}

/** Normalisation over groups of channels of `[N, C, …]`. */
export class GroupNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly numGroups: number;
  readonly eps: number;

  constructor(numGroups: number, numChannels: number, { eps = 1e-5, affine = true }: NormOptions = {}) {
    super();
    this.numGroups = numGroups;
    this.eps = eps;
    this.weight = affine ? onesParameter([numChannels]) : null;
    this.bias = affine ? zerosParameter([numChannels]) : null;
  }

  resetParameters(): void {
    if (this.weight) ones_(this.weight);
    if (this.bias) zeros_(this.bias);
  }

  forward(x: Tensor): Tensor {
    return ops.groupNorm(x, this.numGroups, this.weight, this.bias, this.eps);
  }
}
