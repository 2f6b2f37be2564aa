import { join } from 'node:path';
import { readSafetensors, type StateDict } from '../../weights/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase } from './case.ts';
import { compareMeasurements, compareNames, type Differences, type NameDifferences } from './compare.ts';
import { type Measurement, measure, measureExactly, storedExactly, storedMeasurement } from './measure.ts';
import { type DroppedBranch, drawsDepthUnseen, findDroppedBranches } from './stochastic-depth.ts';
import { findTurnedLooks, type TurnedLook } from './turned-looks.ts';

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
  /** What roundings do to this network; measured when a difference is over its tolerance, or the case has float64 numbers. */
  readonly rounding?: Rounding;
  /** Branches that the reference's stochastic depth had dropped, where it was found to have been on. */
  readonly dropped?: readonly DroppedBranch[];
  /** Cells at the edge of a mask that the reference's rounding put on its other side, where that was found. */
  readonly turned?: readonly TurnedLook[];
  readonly passed: boolean;
}

/** Evidence on whether a difference is rounding or a mistake. */
export interface Rounding {
  /** How far our own numbers move when weights move by a rounding. */
  readonly response: ParityTolerance;
  /** How far our float32 numbers are from our float64 ones. */
  readonly ours: ParityTolerance;
  /** How far the reference's float32 numbers are from our float64 ones. */
  readonly reference: ParityTolerance;
  /** How far the reference's float64 numbers are from our float64 ones, where the case has them. */
  readonly exact: Partial<Pick<ParityTolerance, 'outputs' | 'loss' | 'gradient'>>;
}

/** Float64 numbers of the same formulas agree to this, however much float32 ones are amplified. */
const EXACT_TOLERANCE = 1e-5;

const measures = ['outputs', 'loss', 'trainLogits', 'gradient'] as const;

function within(differences: Differences, tolerance: ParityTolerance): boolean {
  return measures.every((key) => differences[key] <= tolerance[key]);
}

// Perturbed runs; a ReLU that is within a rounding of zero flips in some and not in others.
const perturbations = 5;

function only({ outputs, loss, trainLogits, gradient }: ParityTolerance): ParityTolerance {
  return { outputs, loss, trainLogits, gradient };
}

/** The largest move of each number over several runs with weights moved by a rounding. */
function measureResponse(
  network: SegmentationNetwork,
  parityCase: ParityCase,
  still: Measurement,
): ParityTolerance {
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

function measureRounding(network: SegmentationNetwork, parityCase: ParityCase, stored: StateDict): Rounding {
  const still = measure(network, parityCase);
  const response = measureResponse(network, parityCase, still);
  const exact = measureExactly(network, parityCase);
  const reference = storedMeasurement(parityCase, stored);
  const exactReference = storedExactly(parityCase, stored);
  const { outputs, loss, gradient } = compareMeasurements(exact, exactReference);
  return {
    response,
    ours: only(compareMeasurements(still, exact)),
    reference: only(compareMeasurements(reference, exact)),
    exact: {
      ...(exactReference.outputs.size > 0 ? { outputs } : {}),
      ...(exactReference.train ? { loss, gradient } : {}),
    },
  };
}

/**
 * Runs a network on a case's inputs with the recipe's weights, in evaluation and in training mode, and compares names, outputs,
 * loss and gradient norms with the reference's.
 *
 * Some networks amplify roundings beyond any fixed tolerance, so that even their reference disagrees with itself on another
 * processor or number of threads. A difference over the tolerance therefore still passes when it is rounding: when the
 * reference is no further from our float32 numbers than twice what moving the weights by a rounding does to them, or no
 * further from our float64 numbers than twice what our own float32 numbers are. A formula that is not the reference's
 * fails both: its float64 numbers keep the mistake and lose the roundings. Where a case has the reference's own float64
 * numbers, ours must be equal to them instead. The result says what was measured.
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
    dropped = findDroppedBranches(network, parityCase, reference);
    if (dropped) differences = compareMeasurements(measure(network, parityCase), reference);
  }
  const known = storedExactly(parityCase, stateDict);
  let turned: readonly TurnedLook[] | undefined;
  if (differences.outputs > tolerance.outputs && known.outputs.size === 0) {
    turned = findTurnedLooks(network, parityCase, reference, tolerance.outputs);
    if (turned) differences = compareMeasurements(measure(network, parityCase), reference);
  }
  const enough = within(differences, tolerance) && known.outputs.size === 0 && known.train === undefined;
  const rounding = enough ? undefined : measureRounding(network, parityCase, stateDict);
  const agrees = (key: (typeof measures)[number]) => {
    const exactly = key === 'trainLogits' ? undefined : rounding?.exact[key];
    if (exactly !== undefined) return exactly <= EXACT_TOLERANCE;
    if (differences[key] <= tolerance[key]) return true;
    if (rounding === undefined) return false;
    const { response, ours } = rounding;
    return differences[key] <= 2 * response[key] || rounding.reference[key] <= 2 * ours[key];
  };
  const passed =
    names.missing.length + names.unexpected.length + names.reshaped.length === 0 &&
    trainable === 0 &&
    measures.every(agrees);
  const extras = {
    ...(rounding ? { rounding } : {}),
    ...(dropped ? { dropped } : {}),
    ...(turned ? { turned } : {}),
  };
  return { id: parityCase.id, names, trainable, differences, ...extras, passed };
}
