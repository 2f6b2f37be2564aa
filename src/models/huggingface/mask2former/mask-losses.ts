import { ops, scope, type Tensor } from '../../../engine/index.ts';

/**
 * Binary cross-entropy of mask logits: mean over points, sum over masks, over `count`.
 *
 * @param logits `[M, P]`
 * @param labels `[M, P]`, in [0, 1]
 */
export function maskCrossEntropy(logits: Tensor, labels: Tensor, count: number): Tensor {
  return scope(() => {
    const each = ops.binaryCrossEntropyWithLogits(logits, labels, { reduction: 'none' });
    return ops.div(ops.sum(ops.mean(each, { dim: 1 })), count);
  });
}

/**
 * One minus the smoothed dice coefficient of each mask, sum over masks, over `count`.
 *
 * @param logits `[M, P]`
 * @param labels `[M, P]`, in [0, 1]
 */
export function maskDice(logits: Tensor, labels: Tensor, count: number): Tensor {
  return scope(() => {
    const probabilities = ops.sigmoid(logits);
    const shared = ops.mul(ops.sum(ops.mul(probabilities, labels), { dim: -1 }), 2);
    const total = ops.add(ops.sum(probabilities, { dim: -1 }), ops.sum(labels, { dim: -1 }));
    const losses = ops.rsub(ops.div(ops.add(shared, 1), ops.add(total, 1)), 1);
    return ops.div(ops.sum(losses), count);
  });
}

/**
 * The binary cross-entropy of every prediction with every label.
 *
 * @param logits `[Q, P]`
 * @param labels `[K, P]`
 * @returns `[Q, K]`
 */
export function pairwiseCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  return scope(() => {
    const points = logits.shape[1]!;
    // BCE(x, 1) = softplus(−x) and BCE(x, 0) = softplus(x).
    const positive = ops.div(ops.softplus(ops.neg(logits)), points);
    const negative = ops.div(ops.softplus(logits), points);
    const columns = ops.transpose(labels, 0, 1);
    return ops.add(ops.matmul(positive, columns), ops.matmul(negative, ops.rsub(columns, 1)));
  });
}

/**
 * The dice loss of every prediction with every label.
 *
 * @param logits `[Q, P]`
 * @param labels `[K, P]`
 * @returns `[Q, K]`
 */
export function pairwiseDice(logits: Tensor, labels: Tensor): Tensor {
  return scope(() => {
    const probabilities = ops.sigmoid(logits);
    const shared = ops.mul(ops.matmul(probabilities, ops.transpose(labels, 0, 1)), 2);
    const total = ops.add(
      ops.sum(probabilities, { dim: -1, keepdim: true }),
      ops.unsqueeze(ops.sum(labels, { dim: -1 }), 0),
    );
    return ops.rsub(ops.div(ops.add(shared, 1), ops.add(total, 1)), 1);
  });
}
