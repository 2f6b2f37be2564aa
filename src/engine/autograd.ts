import { native } from './native.ts';
import { Tensor } from './tensor.ts';

const ids = (tensors: readonly Tensor[]): number[] => tensors.map((tensor) => tensor.id);

/** Options of {@link autogradGrad}. */
export interface GradOptions {
  /** Outer derivatives, one an output; may be left out for scalars. */
  outputGradients?: readonly Tensor[];
  /** Keep what the graph saved, to differentiate again. */
  retainGraph?: boolean;
  /** Give null for inputs that the outputs do not depend on, instead of an error. */
  allowUnused?: boolean;
}

/** The derivatives of the outputs with respect to the inputs, without touching any `.grad`. */
export function autogradGrad(
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
  { outputGradients, retainGraph = false, allowUnused = false }: GradOptions = {},
): (Tensor | null)[] {
  const seeds = outputGradients ? ids(outputGradients) : null;
  const found = native().gradients(ids(outputs), ids(inputs), seeds, retainGraph, allowUnused);
  return found.map((id) => (id === undefined ? null : new Tensor(id)));
}

/** Differentiates several outputs at once into the `.grad` of the leaves. */
export function backward(outputs: readonly Tensor[], gradients?: readonly Tensor[]): void {
  native().backward(ids(outputs), gradients ? ids(gradients) : null, false);
}

/** The accumulated gradients of many leaves in one call; null where there is none. */
export function gradientsOf(tensors: readonly Tensor[]): (Tensor | null)[] {
  return native()
    .grads(ids(tensors))
    .map((id) => (id === undefined ? null : new Tensor(id)));
}

/** Forgets the gradients of many leaves in one call. */
export function clearGradients(tensors: readonly Tensor[]): void {
  native().clearGrads(ids(tensors));
}
