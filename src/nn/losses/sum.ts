import { InvalidArgumentError } from '../../core/index.ts';
import { ops, scope, type Tensor } from '../../engine/index.ts';
import { ModuleList } from '../containers.ts';
import { Loss } from './loss.ts';

/** One summand of a {@link SumLoss}. */
export interface LossTerm {
  readonly loss: Loss;
  /** 1 unless said otherwise. */
  readonly weight?: number;
}

/** A weighted sum of losses, for instance cross-entropy plus Dice. */
export class SumLoss extends Loss {
  readonly losses: ModuleList<Loss>;
  readonly weights: readonly number[];

  /** @throws InvalidArgumentError without any term. */
  constructor(terms: readonly LossTerm[]) {
    super();
    if (terms.length === 0) {
      throw new InvalidArgumentError('a sum of losses needs at least one', { remedy: 'name a loss' });
    }
    this.losses = new ModuleList(terms.map(({ loss }) => loss));
    this.weights = terms.map(({ weight = 1 }) => weight);
  }

  forward(logits: Tensor, targets: Tensor): Tensor {
    return scope(() => {
      const terms = Array.from(this.losses, (loss, i) =>
        ops.mul(loss.forward(logits, targets), this.weights[i]!),
      );
      return terms.reduce((sum, term) => ops.add(sum, term));
    });
  }
}
