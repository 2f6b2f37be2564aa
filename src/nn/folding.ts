import { inferenceMode, noGrad, onOperator, ops, scope, type Tensor } from '../engine/index.ts';
import { BatchNorm2d } from './layers/batchNorm.ts';
import { Conv2d, ConvTranspose2d } from './layers/conv.ts';
import type { Module } from './module.ts';
import { parameter } from './parameter.ts';

/** Where a module hangs. */
interface Seat<M extends Module> {
  readonly module: M;
  readonly parent: Module;
  readonly name: string;
}

type Convolution = Conv2d | ConvTranspose2d;

/**
 * Moves batch normalisations into the (transposed) convolutions before them, for inference: w ← w·γ/√(σ² + ε),
 * b ← β + (b − μ)·γ/√(σ² + ε). Of the normalisations nothing is left, or their activation alone, so the network's state dict
 * changes: fold last.
 *
 * Pairs are found by watching one forward pass, not by names: a convolution is folded when it ran once and nothing but
 * that batch normalisation used its result.
 *
 * @param run runs the network in evaluation mode on any small input, `() => network.forward(example)`.
 * @returns the number of pairs.
 */
export function foldBatchNorm(network: Module, run: () => unknown): number {
  const wasTraining = network.training;
  network.eval();
  const pairs = findPairs(network, run);
  for (const [conv, seat] of pairs) {
    noGrad(() => scope(() => fold(conv, seat.module)));
    seat.parent.addModule(seat.name, seat.module.afterFolding());
  }
  network.train(wasTraining);
  return pairs.length;
}

function findPairs(network: Module, run: () => unknown): [Convolution, Seat<BatchNorm2d>][] {
  const convs = new Map<Tensor, Convolution>();
  const norms = new Map<Tensor, Seat<BatchNorm2d>>();
  for (const [, parent] of network.namedModules()) {
    for (const [name, module] of parent.namedChildren()) {
      if (isFoldable(module)) convs.set(module.weight, module);
      if (module instanceof BatchNorm2d) norms.set(module.running_mean, { module, parent, name });
    }
  }
  const watched = watch(run);
  const uses = count(watched.flatMap(({ inputs }) => inputs));
  const madeBy = new Map<Tensor, Convolution>();
  const pairs: [Convolution, Seat<BatchNorm2d>][] = [];
  for (const { name, inputs, output } of watched) {
    const conv = CONVOLUTIONS.has(name) ? convs.get(inputs[1]!) : undefined;
    if (conv && uses.get(conv.weight) === 1 && output) madeBy.set(output, conv);
    if (name !== 'aten::batch_norm') continue;
    const source = madeBy.get(inputs[0]!);
    const seat = inputs.map((input) => norms.get(input)).find((found) => found !== undefined);
    const alone =
      seat !== undefined && uses.get(inputs[0]!) === 1 && uses.get(seat.module.running_mean) === 1;
    if (source && alone) pairs.push([source, seat]);
  }
  return pairs;
}

/** The operators that run them. */
const CONVOLUTIONS = new Set(['aten::conv2d', 'aten::conv_transpose2d']);

/** The factor of a channel meets its weights where the layer keeps one axis for all results: without groups, or not transposed. */
function isFoldable(module: Module): module is Convolution {
  return module instanceof Conv2d || (module instanceof ConvTranspose2d && module.groups === 1);
}

/** One operator of the watched pass. */
interface Call {
  readonly name: string;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor | undefined;
}

function watch(run: () => unknown): Call[] {
  const calls: Call[] = [];
  const stop = onOperator((name, _overload, args, result) => {
    const inputs = args.flat().filter(isTensor);
    calls.push({ name, inputs, output: isTensor(result) ? result : undefined });
  });
  try {
    inferenceMode(() => scope(() => void run()));
  } finally {
    stop();
  }
  return calls;
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'disposed' in value;
}

function count<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

function fold(conv: Convolution, norm: BatchNorm2d): void {
  const { weight, bias } = conv;
  const { dtype } = weight;
  // Double precision keeps the error of folding below that of the convolution itself.
  const double = (x: Tensor) => x.detach().to({ dtype: 'float64' });
  const deviation = ops.sqrt(ops.add(double(norm.running_var), norm.eps));
  const one = ops.div(deviation, deviation);
  const factor = ops.div(norm.weight ? double(norm.weight) : one, deviation);
  const centred = bias
    ? ops.sub(double(bias), double(norm.running_mean))
    : ops.neg(double(norm.running_mean));
  const shift = ops.mul(centred, factor);
  const shifted = norm.bias ? ops.add(shift, double(norm.bias)) : shift;
  const alongResults = conv instanceof ConvTranspose2d ? [1, -1, 1, 1] : [-1, 1, 1, 1];
  const scaled = ops.mul(double(weight), ops.reshape(factor, alongResults));
  ops.copy_(weight, scaled);
  if (bias) ops.copy_(bias, shifted);
  else conv.bias = parameter(shifted.to({ dtype }), weight.requiresGrad);
}
