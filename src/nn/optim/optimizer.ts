import { ArpentError, InvalidArgumentError } from '../../core/index.ts';
import { clearGradients, gradientsOf, keep, noGrad, ops, scope, type Tensor } from '../../engine/index.ts';
import type { StateDict } from '../../weights/index.ts';
import type { Parameter } from '../parameter.ts';
import { fromRawTensor, toRawTensor } from '../stateDict.ts';
import type { BaseOptions, ParameterGroup } from './groups.ts';

/** A group with all settings filled in; schedulers change `lr`. */
export type Group<Options> = { readonly params: readonly Parameter[]; readonly initialLr: number } & Options;

/** Parameters, their gradients and what the optimiser remembers of them, side by side. */
export interface Batch<Options> {
  readonly group: Group<Options>;
  readonly params: readonly Parameter[];
  readonly grads: readonly Tensor[];
}

/** Everything an optimiser needs to go on as if it had never stopped. */
export interface OptimizerState {
  /** Which optimiser wrote it. */
  readonly kind: string;
  /** Settings of each group, with the number of its parameters. */
  readonly groups: readonly Record<string, unknown>[];
  /** How many steps each parameter has taken. */
  readonly steps: readonly number[];
  /** What is remembered of parameter `i`, as `i.name`. */
  readonly tensors: StateDict;
}

/** A saved optimiser does not fit this one. */
export class OptimizerStateError extends ArpentError {}

/** What all optimisers share: groups, steps over those parameters that have a gradient, and their state. */
export abstract class Optimizer<Options extends BaseOptions = BaseOptions> {
  readonly groups: Group<Options>[];
  protected readonly steps = new Map<Parameter, number>();
  readonly #memory = new Map<Parameter, Record<string, Tensor>>();

  /** @throws InvalidArgumentError without parameters, or with one in two groups. */
  constructor(params: Iterable<Parameter> | readonly ParameterGroup<Options>[], defaults: Options) {
    const list: readonly (Parameter | ParameterGroup<Options>)[] = Array.from<
      Parameter | ParameterGroup<Options>
    >(params);
    const groups =
      list.length > 0 && isGroup(list[0]!) ? (list as ParameterGroup<Options>[]) : [{ params: list }];
    this.groups = groups.map((group) => {
      const settings = { ...defaults, ...group };
      return { ...settings, params: [...(group.params as Iterable<Parameter>)], initialLr: settings.lr };
    });
    const all = this.parameters();
    if (all.length === 0) {
      throw new InvalidArgumentError('the optimiser got no parameters', {
        remedy: 'pass the parameters of a network',
      });
    }
    if (new Set(all).size !== all.length) {
      throw new InvalidArgumentError('a parameter is in two groups', { remedy: 'list each parameter once' });
    }
  }

  /** Changes the parameters of one group by one step; runs without recording, inside a scope. */
  protected abstract update(batch: Batch<Options>): void;

  /** All parameters, in the order of the groups. */
  parameters(): Parameter[] {
    return this.groups.flatMap(({ params }) => [...params]);
  }

  /** One step with the gradients that `backward` has left; parameters without a gradient stay as they are. */
  step(): void {
    noGrad(() => {
      for (const group of this.groups) {
        scope(() => {
          const found = gradientsOf(group.params);
          const params: Parameter[] = [];
          const grads: Tensor[] = [];
          for (const [i, grad] of found.entries()) {
            if (!grad) continue;
            params.push(group.params[i]!);
            grads.push(grad);
          }
          for (const param of params) this.steps.set(param, (this.steps.get(param) ?? 0) + 1);
          if (params.length > 0) this.update({ group, params, grads });
        });
      }
    });
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    clearGradients(this.parameters());
  }

  /** What is remembered of a parameter under a name, or undefined. */
  protected recall(param: Parameter, name: string): Tensor | undefined {
    return this.#memory.get(param)?.[name];
  }

  /** Remembers a tensor of a parameter from now on. */
  protected remember(param: Parameter, name: string, value: Tensor): Tensor {
    let memory = this.#memory.get(param);
    if (!memory) {
      memory = {};
      this.#memory.set(param, memory);
    }
    memory[name] = keep(value);
    return value;
  }

  /** A copy of the whole state, for an exact resume. */
  stateDict(): OptimizerState {
    const all = this.parameters();
    const tensors: StateDict = new Map();
    for (const [i, param] of all.entries()) {
      for (const [name, value] of Object.entries(this.#memory.get(param) ?? {})) {
        tensors.set(`${i}.${name}`, toRawTensor(value));
      }
    }
    return {
      kind: this.constructor.name,
      groups: this.groups.map(({ params, ...settings }) => ({ ...settings, params: params.length })),
      steps: all.map((param) => this.steps.get(param) ?? 0),
      tensors,
    };
  }

  /** Takes over a state. @throws OptimizerStateError when it is another optimiser's or of other parameters. */
  loadStateDict(state: OptimizerState): void {
    const all = this.parameters();
    this.#check(state, all);
    for (const [g, group] of this.groups.entries()) {
      const { params: _count, ...settings } = state.groups[g]!;
      Object.assign(group, settings);
    }
    this.dispose();
    for (const [i, param] of all.entries()) {
      const steps = state.steps[i] ?? 0;
      if (steps > 0) this.steps.set(param, steps);
    }
    for (const [key, raw] of state.tensors) {
      const [index, name] = splitKey(key);
      const param = all[index]!;
      const value = noGrad(() => scope(() => ops.copy_(ops.clone(param.detach()), fromRawTensor(raw))));
      this.remember(param, name, value);
    }
  }

  #check(state: OptimizerState, all: readonly Parameter[]): void {
    const own = this.constructor.name;
    const remedy = 'resume with the optimiser, groups and network that wrote the checkpoint, or start anew';
    if (state.kind !== own)
      throw new OptimizerStateError(`the state is of ${state.kind}, not of ${own}`, { remedy });
    const sizes = (counts: readonly unknown[]) => counts.join(' + ');
    const found = sizes(state.groups.map(({ params }) => params));
    const expected = sizes(this.groups.map(({ params }) => params.length));
    if (found !== expected) {
      throw new OptimizerStateError(`the state is of ${found} parameters, not of ${expected}`, { remedy });
    }
    for (const [key, { shape }] of state.tensors) {
      const param = all[splitKey(key)[0]];
      if (param && shape.join() === param.shape.join()) continue;
      throw new OptimizerStateError(`the state of parameter ${key} has shape [${shape}]`, { remedy });
    }
  }

  /** Frees what is remembered; the optimiser is then as new. */
  dispose(): void {
    for (const memory of this.#memory.values()) for (const value of Object.values(memory)) value.dispose();
    this.#memory.clear();
    this.steps.clear();
  }
}

function isGroup<Options>(value: Parameter | ParameterGroup<Options>): value is ParameterGroup<Options> {
  return 'params' in value;
}

function splitKey(key: string): [number, string] {
  const dot = key.indexOf('.');
  return [Number(key.slice(0, dot)), key.slice(dot + 1)];
}
