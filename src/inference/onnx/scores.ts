import type { Core, PredictionKind } from '../predictor.ts';
import { OnnxModelError } from './errors.ts';
import type { OnnxAnswer } from './model-card.ts';

/** The answer of a graph for one tile: planar `[K, H, W]`, or `[H, W]` of class numbers. */
export interface TileAnswer {
  readonly kind: OnnxAnswer;
  readonly values: Float32Array | Uint8Array | BigInt64Array | Int32Array;
  readonly classes: number;
  readonly width: number;
  readonly height: number;
}

/** Calls `visit` for each row of a part: where it begins in the tile, and where in the result. */
function eachRow(tile: TileAnswer, core: Core, visit: (from: number, to: number) => void): void {
  for (let row = 0; row < core.height; row++) visit((core.y + row) * tile.width + core.x, row * core.width);
}

function classesOf(answer: TileAnswer, core: Core): Uint8Array {
  const { classes, kind } = answer;
  const area = answer.width * answer.height;
  const result = new Uint8Array(core.width * core.height);
  if (kind === 'classes') {
    eachRow(answer, core, (from, to) => {
      for (let x = 0; x < core.width; x++) result[to + x] = Number(answer.values[from + x]);
    });
    return result;
  }
  const values = answer.values as Float32Array;
  if (kind === 'sigmoid') {
    eachRow(answer, core, (from, to) => {
      for (let x = 0; x < core.width; x++) result[to + x] = values[from + x]! > 0.5 ? 1 : 0;
    });
    return result;
  }
  // Class by class along a row: memory is read in its order.
  const best = new Float32Array(core.width);
  eachRow(answer, core, (from, to) => {
    best.set(values.subarray(from, from + core.width));
    for (let k = 1; k < classes; k++) {
      const plane = k * area + from;
      for (let x = 0; x < core.width; x++) {
        const value = values[plane + x]!;
        if (value > best[x]!) {
          best[x] = value;
          result[to + x] = k;
        }
      }
    }
  });
  return result;
}

/** Scores of a part as the graph gives them; a single probability becomes that of background and class. */
function scoresOf(answer: TileAnswer, core: Core): Float32Array {
  const { classes, kind } = answer;
  const values = answer.values as Float32Array;
  const [area, count] = [answer.width * answer.height, core.width * core.height];
  const result = new Float32Array(classes * count);
  eachRow(answer, core, (from, to) => {
    if (kind === 'sigmoid') {
      for (let x = 0; x < core.width; x++) {
        const probability = values[from + x]!;
        result[to + x] = 1 - probability;
        result[count + to + x] = probability;
      }
      return;
    }
    for (let k = 0; k < classes; k++) {
      const start = k * area + from;
      result.set(values.subarray(start, start + core.width), k * count + to);
    }
  });
  return result;
}

function softmax(scores: Float32Array, classes: number): Float32Array {
  const count = scores.length / classes;
  const [largest, sums] = [scores.slice(0, count), new Float64Array(count)];
  for (let k = 1; k < classes; k++)
    for (let i = 0; i < count; i++) largest[i] = Math.max(largest[i]!, scores[k * count + i]!);
  for (let k = 0; k < classes; k++)
    for (let i = 0; i < count; i++) {
      const power = Math.exp(scores[k * count + i]! - largest[i]!);
      scores[k * count + i] = power;
      sums[i]! += power;
    }
  for (let k = 0; k < classes; k++) for (let i = 0; i < count; i++) scores[k * count + i]! /= sums[i]!;
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
  if (answer.kind === 'classes')
    throw new OnnxModelError(`it gives classes, and ${wanted} are needed`, {
      key: 'output',
      remedy:
        'export it again with --answer logits or probabilities, or map without blending and probabilities',
    });
  const scores = scoresOf(answer, core);
  if (answer.kind === 'logits') return wanted === 'logits' ? scores : softmax(scores, answer.classes);
  return wanted === 'probabilities' ? scores : scores.map((value) => Math.log(Math.max(value, LEAST)));
}
