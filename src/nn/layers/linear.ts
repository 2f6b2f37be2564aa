import { ops, type Tensor } from '../../engine/index.ts';
import { normal_ } from '../init.ts';
import { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';
import { initialiseLinear } from './conv.ts';
import { emptyParameter } from './create.ts';

/** Affine map of the last dimension: `x·weightᵀ + bias`, `[…, inFeatures]` → `[…, outFeatures]`. */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;
  readonly inFeatures: number;
  readonly outFeatures: number;

  constructor(inFeatures: number, outFeatures: number, { bias = true }: { bias?: boolean } = {}) {
    super();
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = emptyParameter([outFeatures, inFeatures]);
    this.bias = bias ? emptyParameter([outFeatures]) : null;
    this.resetParameters();
  }

  resetParameters(): void {
    initialiseLinear(this.weight, this.bias);
  }

  forward(x: Tensor): Tensor {
    return ops.linear(x, this.weight, this.bias);
  }
}

/** A learnt vector per index: int64 `[…]` → `[…, embeddingDim]`. */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(numEmbeddings: number, embeddingDim: number) {
    super();
    this.weight = emptyParameter([numEmbeddings, embeddingDim]);
    this.resetParameters();
  }

  resetParameters(): void {
    normal_(this.weight);
  }

  forward(indices: Tensor): Tensor {
    return ops.embedding(this.weight, indices);
  }
}
