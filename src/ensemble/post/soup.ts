import { float32Values, type RawTensor, rawArray, type StateDict } from '../../weights/index.ts';
import { SoupError } from '../errors.ts';

const FLOATS = new Set(['float64', 'float32', 'float16', 'bfloat16']);

function checkSame(reference: StateDict, other: StateDict, place: number): void {
  const remedy = 'average checkpoints of one network, all written by the same training';
  for (const [name, { shape }] of reference) {
    const theirs = other.get(name);
    if (theirs === undefined) throw new SoupError(`checkpoint ${place + 1} has no ${name}`, { remedy });
    if (theirs.shape.join() !== shape.join()) {
      throw new SoupError(
        `${name} is [${theirs.shape.join(', ')}] in checkpoint ${place + 1}, [${shape.join(', ')}] in the first`,
        { remedy },
      );
    }
  }
  for (const name of other.keys()) {
    if (!reference.has(name)) throw new SoupError(`checkpoint ${place + 1} has ${name} besides`, { remedy });
  }
}

/**
 * The weighted mean of the parameters of several checkpoints of one network ("model soup"), added in float64 and stored as
 * float32. Whole numbers (batch counters) are taken from the first.
 *
 * Source: M. Wortsman et al., "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
 * increasing inference time", 2022.
 * @param weights one a checkpoint; default equal.
 * @throws {SoupError} naming a parameter that differs in name or shape.
 */
export function averageWeights(
  checkpoints: readonly StateDict[],
  weights: readonly number[] = checkpoints.map(() => 1),
): StateDict {
  const [first] = checkpoints;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (first === undefined || weights.length !== checkpoints.length || !(total > 0)) {
    throw new SoupError(`${checkpoints.length} checkpoints and ${weights.length} weights`, {
      remedy: 'give at least one checkpoint, and a weight for each or for none',
    });
  }
  for (const [place, checkpoint] of checkpoints.entries()) checkSame(first, checkpoint, place);
  const soup: StateDict = new Map();
  for (const [name, tensor] of first) {
    if (!FLOATS.has(tensor.dtype)) {
      soup.set(name, tensor);
      continue;
    }
    let sums: Float64Array | null = null;
    for (const [place, checkpoint] of checkpoints.entries()) {
      const values = float32Values(checkpoint.get(name)!);
      sums ??= new Float64Array(values.length);
      const share = weights[place]! / total;
      for (let i = 0; i < values.length; i++) sums[i]! += share * values[i]!;
    }
    const mean: RawTensor = rawArray('float32', tensor.shape, Float32Array.from(sums!));
    soup.set(name, mean);
  }
  return soup;
}

/** What a greedy soup took. */
export interface GreedySoup {
  readonly weights: StateDict;
  readonly score: number;
  /** Places of the checkpoints that are in it. */
  readonly taken: readonly number[];
}

/**
 * Adds checkpoints to the soup one by one, best first, and keeps each that does not lower the score.
 * @param scoreOf the score of weights on a validation set, higher being better.
 */
export async function greedySoup(
  checkpoints: readonly StateDict[],
  scoreOf: (weights: StateDict) => Promise<number>,
): Promise<GreedySoup> {
  const scores: number[] = [];
  for (const checkpoint of checkpoints) scores.push(await scoreOf(checkpoint));
  const order = [...checkpoints.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b);
  const taken = order.slice(0, 1);
  let weights = averageWeights(taken.map((place) => checkpoints[place]!));
  let score = scores[taken[0]!]!;
  for (const place of order.slice(1)) {
    const candidate = averageWeights([...taken, place].map((member) => checkpoints[member]!));
    const candidateScore = await scoreOf(candidate);
    if (candidateScore < score) continue;
    taken.push(place);
    [weights, score] = [candidate, candidateScore];
  }
  return { weights, score, taken };
}
