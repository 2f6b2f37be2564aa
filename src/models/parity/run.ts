import { join } from 'node:path';
import { gradientsOf, noGrad, ops, scope, type Tensor, tensor } from '../../engine/index.ts';
import { Dropout, Dropout2d, DropPath, MultiheadAttention } from '../../nn/index.ts';
import { float32Values, rawArray, readSafetensors, type StateDict } from '../../weights/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase, RecipeTensor } from './case.ts';
import {
  compareGradients,
  compareNames,
  type GradientDifference,
  type NameDifferences,
  relativeToSpread,
} from './compare.ts';
import { recipeInput, recipeLabels, recipeWeight } from './recipe.ts';

/** How far a network may be from its reference. */
export interface ParityTolerance {
  /** Largest difference of an output, in standard deviations of the reference. */
  readonly output: number;
  readonly loss: number;
  readonly gradient: number;
}

export const defaultTolerance: ParityTolerance = { output: 1e-4, loss: 1e-5, gradient: 1e-3 };

/** How a network compares with its reference. */
export interface ParityResult {
  readonly id: string;
  readonly names: NameDifferences;
  /** Trainable parameters here, less the reference's. */
  readonly trainable: number;
  /** Relative difference of each output in evaluation mode. */
  readonly outputs: Readonly<Record<string, number>>;
  readonly train?: {
    readonly loss: number;
    readonly logits: number | undefined;
    readonly gradient: GradientDifference;
  };
  readonly passed: boolean;
}

/** Puts the recipe's numbers into every floating-point parameter and buffer. */
export function loadRecipe(network: SegmentationNetwork, parityCase: ParityCase): void {
  const state: StateDict = new Map();
  for (const [name, { shape, dtype }] of Object.entries(parityCase.parameters))
    if (dtype === 'float32') state.set(name, rawArray('float32', shape, recipeWeight(name, shape)));
  network.loadStateDict(state, { strict: false });
}

function inputOf({ name, shape }: RecipeTensor): Tensor {
  return tensor(recipeInput(name, shape), shape);
}

/** Batch statistics in use, but nothing dropped at random. */
function trainWithoutDropout(network: SegmentationNetwork): void {
  network.train();
  for (const [, module] of network.namedModules()) {
    if (module instanceof Dropout || module instanceof Dropout2d || module instanceof DropPath) module.p = 0;
    if (module instanceof MultiheadAttention) module.training = false;
  }
}

/** The elements of an output that a case stores: all, or one in `sampleStep`. */
function stored(output: Tensor, step: number): Float32Array {
  const values = output.toFloat32();
  return step === 1 ? values : values.filter((_, i) => i % step === 0);
}

function runTraining(network: SegmentationNetwork, parityCase: ParityCase, reference: StateDict) {
  const { train, classes, sampleStep = 1 } = parityCase;
  if (train === undefined) return undefined;
  trainWithoutDropout(network);
  return scope(() => {
    const labels = tensor(recipeLabels(train.labels.name, train.labels.shape, classes), train.labels.shape);
    const logits = network.forward(inputOf(train.input));
    const [height, width] = train.labels.shape.slice(1) as [number, number];
    const full =
      logits.shape[2] === height && logits.shape[3] === width
        ? logits
        : ops.interpolate(logits, { size: [height, width], mode: 'bilinear' });
    const loss = ops.crossEntropy(full, labels);
    loss.backward();
    const named = [...network.namedParameters()];
    const gradients = gradientsOf(named.map(([, parameter]) => parameter));
    const norms = new Map(
      named.map(
        ([name], i) => [name, gradients[i] ? noGrad(() => ops.norm(gradients[i]!).item()) : 0] as const,
      ),
    );
    const expected = reference.get('train_logits_at_label_size');
    return {
      loss: Math.abs(loss.item() - train.loss) / Math.abs(train.loss),
      logits: expected ? relativeToSpread(stored(full, sampleStep), float32Values(expected)) : undefined,
      gradient: compareGradients(norms, train.gradient_l2),
    };
  });
}

/**
 * Runs a network on a case's input with the recipe's weights, in evaluation and in training mode, and compares names, outputs,
 * loss and gradient norms with the reference's.
 */
export function runParityCase(
  parityCase: ParityCase,
  network: SegmentationNetwork,
  tolerance: ParityTolerance = defaultTolerance,
): ParityResult {
  const { id, parameters, input, sampleStep = 1 } = parityCase;
  const names = compareNames(network.namedState(), parameters);
  const trainable = network.parameterCount({ trainableOnly: true }) - parityCase.trainable;
  loadRecipe(network, parityCase);
  const { stateDict: reference } = readSafetensors(join(parityCase.folder, 'outputs.safetensors'));
  network.eval();
  const outputs = noGrad(() =>
    scope(() => {
      const found = network.outputs(inputOf(input));
      const compared = Object.keys(parityCase.outputs).map((name) => {
        const [output, expected] = [found[name], reference.get(name)];
        if (output === undefined || expected === undefined) return [name, Number.POSITIVE_INFINITY] as const;
        return [name, relativeToSpread(stored(output, sampleStep), float32Values(expected))] as const;
      });
      return Object.fromEntries(compared);
    }),
  );
  const train = runTraining(network, parityCase, reference);
  const passed =
    names.missing.length + names.unexpected.length + names.reshaped.length === 0 &&
    trainable === 0 &&
    Object.values(outputs).every((difference) => difference <= tolerance.output) &&
    (train === undefined ||
      (train.loss <= tolerance.loss &&
        (train.logits ?? 0) <= tolerance.output &&
        train.gradient.relative <= tolerance.gradient));
  return { id, names, trainable, outputs, ...(train ? { train } : {}), passed };
}
