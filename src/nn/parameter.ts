import { keep, type Tensor } from '../engine/index.ts';

declare const parameterBrand: unique symbol;

/** A tensor that a module owns and an optimiser changes. Made by {@link parameter}. */
export type Parameter = Tensor & { readonly [parameterBrand]: true };

const marked = new WeakSet<Tensor>();

/**
 * Turns a tensor into a parameter: it outlives every scope, requires a gradient, and a {@link Module} that holds it in
 * a property finds it there.
 */
export function parameter(data: Tensor, requiresGrad = true): Parameter {
  marked.add(keep(data));
  if (data.requiresGrad !== requiresGrad) data.setRequiresGrad(requiresGrad);
  return data as Parameter;
}

/** Whether a value was made by {@link parameter}. */
export function isParameter(value: unknown): value is Parameter {
  return typeof value === 'object' && value !== null && marked.has(value as Tensor);
}
