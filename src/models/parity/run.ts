import { join } from 'node:path';
import { readSafetensors } from '../../weights/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase } from './case.ts';
import { compareMeasurements, compareNames, type Differences, type NameDifferences } from './compare.ts';
import { measure, storedMeasurement } from './measure.ts';
import { type DroppedBranch, drawsDepthUnseen, findDroppedBranches } from './stochastic-depth.ts';

/** How far a network may be from its reference. */
export type ParityTolerance = Readonly<Record<'outputs' | 'loss' | 'trainLogits' | 'gradient', number>>;

/** In standard deviations of the output; relative for the loss and the gradients' norms. */
export const defaultTolerance: ParityTolerance = {
  outputs: 1e-4,
  loss: 1e-5,
  trainLogits: 1e-4,
  gradient: 1e-3,
};

/** How a network compares with its reference. */
export interface ParityResult {
  readonly id: string;
  readonly names: NameDifferences;
  /** Trainable parameters here, less the reference's. */
  readonly trainable: number;
  readonly differences: Differences;
  /** How far our own numbers move when weights move by a rounding; measured when a difference is over its tolerance. */
  readonly response?: ParityTolerance;
  /** Branches that the reference's stochastic depth had dropped, where it was found to have been on. */
  readonly dropped?: readonly DroppedBranch[];
  readonly passed: boolean;
}

const measures = ['outputs', 'loss', 'trainLogits', 'gradient'] as const;

function within(differences: Differences, tolerance: ParityTolerance): boolean {
  return measures.every((key) => differences[key] <= tolerance[key]);
}

// Perturbed runs; a ReLU that is within a rounding of zero flips in some and not in others.
const perturbations = 5;

/** The largest move of each number over several runs with weights moved by a rounding. */
function measureResponse(network: SegmentationNetwork, parityCase: ParityCase): ParityTolerance {
  const still = measure(network, parityCase);
  const moves = Array.from({ length: perturbations }, (_, i) =>
    compareMeasurements(measure(network, parityCase, i + 1), still),
  );
  const largest = (key: (typeof measures)[number]) => Math.max(...moves.map((move) => move[key]));
  return {
    outputs: largest('outputs'),
    loss: largest('loss'),
    trainLogits: largest('trainLogits'),
    gradient: largest('gradient'),
  };
}

/**
 * Runs a network on a case's inputs with the recipe's weights, in evaluation and in training mode, and compares names, outputs,
 * loss and gradient norms with the reference's.
 *
 * Some networks amplify roundings beyond any fixed tolerance, so that even their reference disagrees with itself on another
 * processor or number of threads. A difference over the tolerance therefore still passes when it is no larger than twice what
 * moving the weights by a rounding does to our own numbers; the result says so.
 */
export function runParityCase(
  parityCase: ParityCase,
  network: SegmentationNetwork,
  tolerance: ParityTolerance = defaultTolerance,
): ParityResult {
  const names = compareNames(network.namedState(), parityCase.parameters);
  const trainable = network.parameterCount({ trainableOnly: true }) - parityCase.trainable;
  const { stateDict } = readSafetensors(join(parityCase.folder, 'outputs.safetensors'));
  const reference = storedMeasurement(parityCase, stateDict);
  let differences = compareMeasurements(measure(network, parityCase), reference);
  let dropped: readonly DroppedBranch[] | undefined;
  if (differences.loss > tolerance.loss && drawsDepthUnseen(parityCase)) {
    dropped = findDroppedBranches(network, parityCase, reference, tolerance.trainLogits);
    if (dropped) differences = compareMeasurements(measure(network, parityCase), reference);
  }
  const response = within(differences, tolerance) ? undefined : measureResponse(network, parityCase);
  const allowed = (key: (typeof measures)[number]) => Math.max(tolerance[key], 2 * (response?.[key] ?? 0));
  const passed =
    names.missing.length + names.unexpected.length + names.reshaped.length === 0 &&
    trainable === 0 &&
    measures.every((key) => differences[key] <= allowed(key));
  const extras = { ...(response ? { response } : {}), ...(dropped ? { dropped } : {}) };
  return { id: parityCase.id, names, trainable, differences, ...extras, passed };
}
