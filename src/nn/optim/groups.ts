import { InvalidArgumentError } from '../../core/index.ts';
import type { Module } from '../module.ts';
import type { Parameter } from '../parameter.ts';

/** Parameters that share settings; what a group leaves out comes from the optimiser's options. */
export type ParameterGroup<Options> = { readonly params: Iterable<Parameter> } & Partial<Options>;

/** Which parameters a rule speaks of: names that begin with the text (`encoder.`), match, or satisfy the test. */
export type NameMatcher = string | RegExp | ((name: string, value: Parameter) => boolean);

/** Settings for the parameters that a matcher picks. */
export interface GroupRule {
  readonly match: NameMatcher;
  /** Learning rate relative to the base one. */
  readonly lrScale?: number;
  readonly weightDecay?: number;
}

/** Matches what is usually kept from weight decay: biases and the scales of normalisations (one dimension or none). */
export const noDecay: NameMatcher = (_name, value) => value.ndim <= 1;

function matches(matcher: NameMatcher, name: string, value: Parameter): boolean {
  if (typeof matcher === 'string') return name.startsWith(matcher);
  return matcher instanceof RegExp ? matcher.test(name) : matcher(name, value);
}

/** Options every optimiser has. */
export interface BaseOptions {
  /** Learning rate. */
  lr: number;
  weightDecay: number;
}

/** A group as {@link parameterGroups} makes them, with the names for logs. */
export type NamedGroup = { params: Parameter[]; names: string[]; lr: number; weightDecay: number };

/**
 * Sorts the trainable parameters of a network into groups by name. The first fitting rule with an `lrScale` sets the
 * learning rate (times `scaleOf`), the first fitting one with a `weightDecay` the decay, each on its own.
 *
 * @param options.scaleOf a further factor of the learning rate by name, for {@link layerwiseScale}.
 */
export function parameterGroups(
  module: Module,
  { lr, weightDecay }: BaseOptions,
  {
    rules = [],
    scaleOf = () => 1,
  }: { rules?: readonly GroupRule[]; scaleOf?: (name: string) => number } = {},
): NamedGroup[] {
  const groups = new Map<string, NamedGroup>();
  for (const [name, value] of module.namedParameters()) {
    if (!value.requiresGrad) continue;
    const fitting = rules.filter(({ match }) => matches(match, name, value));
    const scale = fitting.find(({ lrScale }) => lrScale !== undefined)?.lrScale ?? 1;
    const rate = lr * scale * scaleOf(name);
    const decay = fitting.find((rule) => rule.weightDecay !== undefined)?.weightDecay ?? weightDecay;
    const key = `${rate} ${decay}`;
    const group = groups.get(key) ?? { params: [], names: [], lr: rate, weightDecay: decay };
    groups.set(key, group);
    group.params.push(value);
    group.names.push(name);
  }
  return [...groups.values()];
}

/**
 * Layer-wise learning rates: the factor decay^(layers − depth), 1 for the deepest (the head) and smaller towards the
 * input (Bao et al. 2021).
 *
 * @param depthOf which layer a parameter belongs to, from 0 (the input's) to `layers` (the head's).
 */
export function layerwiseScale(
  depthOf: (name: string) => number,
  { layers, decay }: { layers: number; decay: number },
): (name: string) => number {
  if (!(decay > 0 && decay <= 1)) {
    throw new InvalidArgumentError(`layer-wise decay is ${decay}`, {
      remedy: 'give a factor above 0 and up to 1',
    });
  }
  return (name) => decay ** (layers - Math.min(layers, Math.max(0, depthOf(name))));
}
