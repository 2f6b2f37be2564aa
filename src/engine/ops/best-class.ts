import { operator } from '../dispatch.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { argmax } from './reduce.ts';

const onProcessor = operator('arpent::best_class');

/**
 * The class of the highest score of each pixel, `[N, K, H, W]` → uint8 `[N, H, W]`; of equal scores the first. As `argmax` gives it,
 * but quicker on a processor, where it is an operator of our own (`native/best-class.cc`).
 */
export function bestClass(scores: Tensor): Tensor {
  if (scores.device === 'cpu') return onProcessor(scores) as Tensor;
  return scope(() => argmax(scores, 1).to({ dtype: 'uint8' }));
}
