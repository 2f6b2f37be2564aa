import type { Core, PredictionKind } from '../predictor.ts';
import { OnnxModelError } from './errors.ts';
import type { OnnxAnswer } from './model-card.ts';

/** The answer of a graph for one tile: planar `[K, H, W]`, or `[H, W]` of class numbers. */
export interface TileAnswer {
  readonly kind: OnnxAnswer;
  readonly values: ArrayLike<number | bigint>;
  readonly classes: number;
  readonly width: number;
  readonly height: number;
}

/** Where each pixel of a part lies in its tile, row by row. */
function* places(tile: TileAnswer, { x, y, width, height }: Core): Generator<number> {
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) yield row * tile.width + column;
}

function classesOf(answer: TileAnswer, core: Core): Uint8Array {
  const { values, classes, kind } = answer;
  const area = answer.width * answer.height;
  const result = new Uint8Array(core.width * core.height);
  let at = 0;
  for (const place of places(answer, core)) {
    let best = 0;
    if (kind === 'argmax') best = Number(values[place]);
    else if (kind === 'sigmoid') best = Number(values[place]) > 0.5 ? 1 : 0;
    else
      for (let k = 1; k < classes; k++)
        if (values[k * area + place]! > values[best * area + place]!) best = k;
    result[at++] = best;
  }
  return result;
}

/** Scores of a part as the graph gives them; a single probability becomes that of background and class. */
function scoresOf(answer: TileAnswer, core: Core): Float32Array {
  const { values, classes, kind } = answer;
  const [area, count] = [answer.width * answer.height, core.width * core.height];
  const result = new Float32Array(classes * count);
  let at = 0;
  for (const place of places(answer, core)) {
    if (kind === 'sigmoid') {
      const probability = Number(values[place]);
      result[at] = 1 - probability;
      result[count + at] = probability;
    } else for (let k = 0; k < classes; k++) result[k * count + at] = Number(values[k * area + place]);
    at++;
  }
  return result;
}

function softmax(scores: Float32Array, classes: number): Float32Array {
  const count = scores.length / classes;
  for (let i = 0; i < count; i++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classes; k++) largest = Math.max(largest, scores[k * count + i]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const power = Math.exp(scores[k * count + i]! - largest);
      scores[k * count + i] = power;
      sum += power;
    }
    for (let k = 0; k < classes; k++) scores[k * count + i]! /= sum;
  }
  return scores;
}

/** The least probability whose logarithm is taken. */
const LEAST = 1e-30;

/**
 * A part of an answer in the form that was asked for. Logits of a graph that gives probabilities are their logarithms,
 * which softmax turns back into them.
 * @throws OnnxModelError when scores are asked of a graph that gives classes alone
 */
export function answerPart(
  answer: TileAnswer,
  core: Core,
  wanted: PredictionKind,
): Uint8Array | Float32Array {
  if (wanted === 'classes') return classesOf(answer, core);
  if (answer.kind === 'argmax')
    throw new OnnxModelError(`it gives classes, and ${wanted} are needed`, {
      key: 'output',
      remedy: 'export it again without --argmax, or map without blending, shifts and probabilities',
    });
  const scores = scoresOf(answer, core);
  if (answer.kind === 'logits') return wanted === 'logits' ? scores : softmax(scores, answer.classes);
  return wanted === 'probabilities' ? scores : scores.map((value) => Math.log(Math.max(value, LEAST)));
}
