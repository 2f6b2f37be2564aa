import { noGrad, ops, scope, type Tensor, tensor } from '../../../engine/index.ts';
import { Module } from '../../../nn/index.ts';
import { assignColumns } from './assignment.ts';
import type { MaskLossConfig } from './config.ts';
import { maskCrossEntropy, maskDice, pairwiseCrossEntropy, pairwiseDice } from './mask-losses.ts';
import type { QueryLogits } from './mask2former.ts';
import { type PointSource, randomPoints, samplePoints, uncertainPoints } from './points.ts';
import { type MaskTargets, masksOfTargets } from './targets.ts';

/** For each class of an image, in the order of its targets, the query that is to predict it; −1 when all are taken. */
type Matching = Int32Array;

/** The three parts of one layer's loss, not yet weighted. */
export interface LayerLosses {
  readonly crossEntropy: Tensor;
  readonly mask: Tensor;
  readonly dice: Tensor;
}

/**
 * The training objective of Mask2Former: every class of an image is matched to the query that fits it best; matched
 * queries learn its mask on sampled points, the others learn to say "nothing"; so for each decoder layer.
 *
 * @see Cheng et al., "Masked-attention mask transformer for universal image segmentation", 2021
 */
export class Mask2FormerCriterion extends Module {
  readonly empty_weight: Tensor;
  /** Where the points come from. */
  source: PointSource = randomPoints;
  readonly #classes: number;
  readonly #config: MaskLossConfig;

  constructor(classes: number, config: MaskLossConfig) {
    super();
    this.#classes = classes;
    this.#config = config;
    const weights = new Float32Array(classes + 1).fill(1);
    weights[classes] = config.noObjectWeight;
    this.empty_weight = this.registerBuffer('empty_weight', tensor(weights));
  }

  /**
   * The weighted sum over all layers.
   *
   * @param predictions of each layer, the last one last
   * @param targets class indices int64 `[N, H, W]`
   */
  forward(predictions: readonly QueryLogits[], targets: Tensor): Tensor {
    return scope(() => {
      const { classWeight, maskWeight, diceWeight } = this.#config;
      const total = this.layerLosses(predictions, targets).flatMap(({ crossEntropy, mask, dice }) => [
        ops.mul(crossEntropy, classWeight),
        ops.mul(mask, maskWeight),
        ops.mul(dice, diceWeight),
      ]);
      return ops.sum(ops.stack(total));
    });
  }

  /** The parts of the loss: the last layer's first, then those of the layers before it. */
  layerLosses(predictions: readonly QueryLogits[], targets: Tensor): LayerLosses[] {
    return scope(() => {
      const images = masksOfTargets(targets, this.#classes);
      const before = this.#config.auxiliary ? predictions.slice(0, -1) : [];
      return [predictions.at(-1)!, ...before].map((prediction) => this.#layer(prediction, images));
    });
  }

  #layer({ classes, masks }: QueryLogits, images: readonly MaskTargets[]): LayerLosses {
    return scope(() => {
      const matchings = noGrad(() =>
        images.map((target, image) => this.#match(classes, masks, image, target)),
      );
      const losses = this.#maskLosses(masks, images, matchings);
      return { ...losses, crossEntropy: this.#classLoss(classes, images, matchings) };
    });
  }

  #match(classes: Tensor, masks: Tensor, image: number, target: MaskTargets): Matching {
    if (target.masks === null) return new Int32Array();
    const { masks: wanted, classes: present } = target;
    return scope(() => {
      const { classWeight, maskWeight, diceWeight, points: count } = this.#config;
      const index = indexTensor(present, classes);
      const probabilities = ops.softmax(ops.select(classes, 0, image).to({ dtype: 'float32' }), -1);
      const classCost = ops.neg(ops.indexSelect(probabilities, 1, index));
      const predicted = ops.unsqueeze(ops.select(masks, 0, image).to({ dtype: 'float32' }), 1);
      const points = this.source([1, count, 2], masks);
      const logits = samplePoints(predicted, points);
      const labels = samplePoints(wanted, points);
      const maskCost = ops.add(
        ops.mul(pairwiseCrossEntropy(logits, labels), maskWeight),
        ops.mul(classCost, classWeight),
      );
      const cost = ops.add(maskCost, ops.mul(pairwiseDice(logits, labels), diceWeight));
      return assignColumns(cost.toFloat32(), cost.shape[0]!, present.length);
    });
  }

  #classLoss(logits: Tensor, images: readonly MaskTargets[], matchings: readonly Matching[]): Tensor {
    return scope(() => {
      const [batch, queries] = logits.shape as [number, number, number];
      const labels = new BigInt64Array(batch * queries).fill(BigInt(this.#classes));
      for (const [image, { classes }] of images.entries()) {
        for (const [order, query] of matchings[image]!.entries()) {
          if (query >= 0) labels[image * queries + query] = BigInt(classes[order]!);
        }
      }
      const wanted = tensor(labels, [batch, queries], { device: logits.device });
      return ops.crossEntropy(ops.transpose(logits, 1, 2), wanted, { weight: this.empty_weight });
    });
  }

  #maskLosses(masks: Tensor, images: readonly MaskTargets[], matchings: readonly Matching[]) {
    return scope(() => {
      const [, queries] = masks.shape as [number, number, number, number];
      const wanted: Tensor[] = [];
      const chosen: number[] = [];
      for (const [image, target] of images.entries()) {
        if (target.masks === null) continue;
        // The reference takes matched queries in rising order; the points it draws depend on it.
        const order = Array.from(matchings[image]!, (query, position) => ({ query, position }));
        order.sort((a, b) => a.query - b.query);
        while (order[0]!.query < 0) order.shift();
        chosen.push(...order.map(({ query }) => image * queries + query));
        const positions = order.map(({ position }) => position);
        wanted.push(ops.indexSelect(target.masks, 0, indexTensor(positions, masks)));
      }
      if (chosen.length === 0) {
        const nothing = ops.mul(ops.sum(masks), 0);
        return { mask: nothing, dice: nothing };
      }
      const flat = ops.flatten(masks, 0, 1);
      const predicted = ops.unsqueeze(ops.indexSelect(flat, 0, indexTensor(chosen, masks)), 1);
      const { points, labels } = noGrad(() => {
        const drawn = uncertainPoints(predicted.detach(), this.#config, this.source);
        return { points: drawn, labels: samplePoints(ops.cat(wanted, 0), drawn) };
      });
      const logits = samplePoints(predicted, points);
      const count = images.reduce((sum, { classes }) => sum + classes.length, 0);
      return { mask: maskCrossEntropy(logits, labels, count), dice: maskDice(logits, labels, count) };
    });
  }
}

function indexTensor(indices: readonly number[], like: Tensor): Tensor {
  return tensor(indices, undefined, { dtype: 'int64', device: like.device });
}
