import { gradientsOf, noGrad, ops, scope, type Tensor, tensor } from '../../engine/index.ts';
import { Dropout, Dropout2d, DropPath, MultiheadAttention } from '../../nn/index.ts';
import { float32Values, rawArray, type StateDict } from '../../weights/index.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase, RecipeTensor } from './case.ts';
import { perturb, recipeInput, recipeLabels, recipeWeight } from './recipe.ts';

/** What a network gives on a case's inputs, or what the reference gave. */
export interface Measurement {
  /** In evaluation mode, by the reference's names. */
  readonly outputs: ReadonlyMap<string, Float32Array>;
  readonly train?: {
    readonly loss: number;
    /** At the labels' size; a reference may not have stored it. */
    readonly logits: Float32Array | undefined;
    /** L2 norm of each parameter's gradient. */
    readonly gradients: ReadonlyMap<string, number>;
  };
}

/** The numbers a case stores of its reference. */
export function storedMeasurement(parityCase: ParityCase, stored: StateDict): Measurement {
  const values = (name: string) => {
    const found = stored.get(name);
    return found && float32Values(found);
  };
  const { train } = parityCase;
  const outputs = new Map(
    Object.keys(parityCase.outputs).map((name) => [name, values(name) ?? new Float32Array()]),
  );
  if (train === undefined) return { outputs };
  const gradients = new Map(Object.entries(train.gradient_l2));
  return { outputs, train: { loss: train.loss, logits: values('train_logits_at_label_size'), gradients } };
}

/** What a case stores of its reference in float64: nothing, its outputs, its training, or both. */
export function storedExactly(parityCase: ParityCase, stored: StateDict): Measurement {
  const exact = parityCase.train?.exact;
  const outputs = Object.keys(parityCase.outputs).flatMap((name) => {
    const found = stored.get(`exact.${name}`);
    return found ? [[name, float32Values(found)] as const] : [];
  });
  if (exact === undefined) return { outputs: new Map(outputs) };
  const gradients = new Map(Object.entries(exact.gradient_l2));
  return { outputs: new Map(outputs), train: { loss: exact.loss, logits: undefined, gradients } };
}

/**
 * Puts the recipe's numbers into every floating-point parameter and buffer.
 *
 * @param seed moves each number up or down by a rounding or two, differently for each seed; 0 leaves them
 */
export function loadRecipe(network: SegmentationNetwork, parityCase: ParityCase, seed = 0): void {
  const state: StateDict = new Map();
  for (const [name, { shape, dtype }] of Object.entries(parityCase.parameters)) {
    if (dtype !== 'float32') continue;
    const values = recipeWeight(name, shape);
    state.set(name, rawArray('float32', shape, seed === 0 ? values : perturb(values, `${name} ${seed}`)));
  }
  network.loadStateDict(state, { strict: false });
}

/** The recipe's input in the network's own type. */
function inputFor(network: SegmentationNetwork, { name, shape }: RecipeTensor): Tensor {
  const [first] = network.parameters();
  return tensor(recipeInput(name, shape), shape).to({ dtype: first!.dtype });
}

/** Batch statistics in use, but nothing dropped at random. */
function trainWithoutDropout(network: SegmentationNetwork): void {
  network.train();
  for (const [, module] of network.namedModules()) {
    if (module instanceof Dropout || module instanceof Dropout2d || module instanceof DropPath)
      module.training = false;
    if (module instanceof MultiheadAttention) module.training = false;
  }
}

/** The elements of an output that a case stores: all, or one in `step`. */
function sampled(output: Tensor, step = 1): Float32Array {
  const values = output.toFloat32();
  return step === 1 ? values : values.filter((_, i) => i % step === 0);
}

/** Logits in training mode, at the size of the labels. */
function trainingLogits(network: SegmentationNetwork, train: NonNullable<ParityCase['train']>): Tensor {
  const logits = network.forward(inputFor(network, train.input));
  const [height, width] = train.labels.shape.slice(1) as [number, number];
  if (logits.shape[2] === height && logits.shape[3] === width) return logits;
  return ops.interpolate(logits, { size: [height, width], mode: 'bilinear' });
}

/** The logits of {@link measureTraining} alone, without gradients. */
export function measureTrainingLogits(network: SegmentationNetwork, parityCase: ParityCase): Float32Array {
  trainWithoutDropout(network);
  return noGrad(() =>
    scope(() => sampled(trainingLogits(network, parityCase.train!), parityCase.sampleStep)),
  );
}

/** Loss, logits and gradient norms in training mode. */
function measureTraining(network: SegmentationNetwork, parityCase: ParityCase): Measurement['train'] {
  const { train, classes, sampleStep } = parityCase;
  if (train === undefined) return undefined;
  trainWithoutDropout(network);
  network.zeroGrad();
  return scope(() => {
    const { name, shape } = train.labels;
    const logits = trainingLogits(network, train);
    const loss = ops.crossEntropy(logits, tensor(recipeLabels(name, shape, classes), shape));
    loss.backward();
    const named = [...network.namedParameters()];
    const gradients = gradientsOf(named.map(([, parameter]) => parameter));
    // In float64: millions of squares added up in float32 lose more digits than networks differ by.
    const norm = (gradient: Tensor | null | undefined) =>
      gradient ? noGrad(() => ops.norm(gradient.to({ dtype: 'float64' })).item()) : 0;
    const norms = named.map(([parameter], i) => [parameter, norm(gradients[i])] as const);
    return { loss: loss.item(), logits: sampled(logits, sampleStep), gradients: new Map(norms) };
  });
}

/** Outputs in evaluation mode, by the reference's names. */
export function measureOutputs(
  network: SegmentationNetwork,
  parityCase: ParityCase,
): ReadonlyMap<string, Float32Array> {
  network.eval();
  return noGrad(() =>
    scope(() => {
      const found = network.outputs(inputFor(network, parityCase.input));
      const wanted = Object.keys(parityCase.outputs).filter((name) => found[name] !== undefined);
      return new Map(wanted.map((name) => [name, sampled(found[name]!, parityCase.sampleStep)]));
    }),
  );
}

/** Runs a network on a case's inputs with the recipe's weights, in evaluation and in training mode. */
export function measure(network: SegmentationNetwork, parityCase: ParityCase, seed = 0): Measurement {
  loadRecipe(network, parityCase, seed);
  const outputs = measureOutputs(network, parityCase);
  const train = measureTraining(network, parityCase);
  return train ? { outputs, train } : { outputs };
}

/** The same in float64: what the network's formulas give but for roundings that no longer count. */
export function measureExactly(network: SegmentationNetwork, parityCase: ParityCase): Measurement {
  network.zeroGrad();
  network.to({ dtype: 'float64' });
  try {
    return measure(network, parityCase);
  } finally {
    network.zeroGrad();
    network.to({ dtype: 'float32' });
  }
}
