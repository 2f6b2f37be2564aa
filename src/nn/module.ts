import { keep, type Tensor } from '../engine/index.ts';
import type { StateDict } from '../weights/index.ts';
import { isParameter, type Parameter, parameter } from './parameter.ts';
import { convertTensor, type TensorPlacement } from './placement.ts';
import { type LoadReport, loadInto, toRawTensor } from './stateDict.ts';

/** A module from one tensor to one tensor: what a {@link Sequential} chains. */
export type TensorModule = Module & { forward(x: Tensor): Tensor };

/**
 * A node of a network: parameters, buffers and children, found among the object's own properties in the order of
 * their definition, so that nested property names are the checkpoint's keys (`encoder.layer1.0.conv1.weight`).
 *
 * A property is a parameter when it holds the result of `parameter(…)`, a buffer when {@link registerBuffer} put it
 * there, a child when it holds a `Module`. Plain arrays are not searched: use `ModuleList`. Class fields are defined in
 * the order they are declared, which is therefore the order of the state dict.
 *
 * Subclasses write `forward`; blocks wrap its body in `scope(() => …)` so that inference frees activations early.
 */
export abstract class Module {
  /** True while training: batch statistics, dropout and stochastic depth are in use. Set it with {@link train}. */
  training = true;
  readonly #buffers = new Map<string, { persistent: boolean }>();

  abstract forward(...inputs: never[]): unknown;

  /**
   * Puts a tensor that is state but not trained (running statistics) into the property `name` and returns it.
   *
   * @param persistent whether it is part of the state dict.
   */
  registerBuffer(name: string, tensor: Tensor, persistent = true): Tensor {
    this.#buffers.set(name, { persistent });
    this.setOwn(name, keep(tensor));
    return tensor;
  }

  /** Adds or replaces the child called `name` (the name may be a number or hold any character but a dot). */
  addModule<M extends Module>(name: string, child: M): M {
    this.setOwn(name, child);
    return child;
  }

  /** The direct children with their names. */
  *namedChildren(): Generator<[string, Module]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Module) yield [name, value];
  }

  /** The parameters of this module alone. */
  *ownParameters(): Generator<[string, Parameter]> {
    for (const [name, value] of Object.entries(this)) if (isParameter(value)) yield [name, value];
  }

  /** The buffers of this module alone. */
  *ownBuffers(): Generator<[string, Tensor, { readonly persistent: boolean }]> {
    for (const [name, entry] of this.#buffers) {
      const tensor = this.getOwn(name);
      if (tensor) yield [name, tensor as Tensor, entry];
    }
  }

  /** This module (named `''`) and all below it, parents first; a module that is shared appears once. */
  *namedModules(prefix = '', seen = new Set<Module>()): Generator<[string, Module]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [prefix, this];
    for (const [name, child] of this.namedChildren()) yield* child.namedModules(join(prefix, name), seen);
  }

  /** All parameters under their checkpoint names; one that is shared appears once, under its first name. */
  *namedParameters(): Generator<[string, Parameter]> {
    const seen = new Set<Tensor>();
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, value] of module.ownParameters()) {
        if (seen.has(value)) continue;
        seen.add(value);
        yield [join(prefix, name), value];
      }
    }
  }

  /** All parameters, in the order of {@link namedParameters}. */
  parameters(): Parameter[] {
    return Array.from(this.namedParameters(), ([, value]) => value);
  }

  /** All buffers under their checkpoint names. */
  *namedBuffers(): Generator<[string, Tensor]> {
    for (const [prefix, module] of this.namedModules()) {
      for (const [name, value] of module.ownBuffers()) yield [join(prefix, name), value];
    }
  }

  /** The number of elements in all parameters. */
  parameterCount({ trainableOnly = false } = {}): number {
    let count = 0;
    for (const [, value] of this.namedParameters()) {
      if (!trainableOnly || value.requiresGrad) count += value.numel;
    }
    return count;
  }

  /** The module at a dotted path below this one, or undefined. */
  getModule(path: string): Module | undefined {
    let module: unknown = this;
    for (const name of path === '' ? [] : path.split('.'))
      module = (module as Module | undefined)?.getOwn(name);
    return module instanceof Module ? module : undefined;
  }

  /** Switches this module and all below it to training (or, with `false`, evaluation). */
  train(on = true): this {
    this.training = on;
    for (const [, child] of this.namedChildren()) child.train(on);
    return this;
  }

  /** Switches to evaluation: running statistics, no dropout. */
  eval(): this {
    return this.train(false);
  }

  /** Calls `fn` on every module, children before parents (as initialisers expect). */
  apply(fn: (module: Module) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Whether the parameters of this module and all below it are trained; `freeze` is `setTrainable(false)`. */
  setTrainable(on: boolean): this {
    for (const [, value] of this.namedParameters()) if (value.requiresGrad !== on) value.setRequiresGrad(on);
    return this;
  }

  /** Stops training of all parameters (their batch norms still follow {@link train}). */
  freeze(): this {
    return this.setTrainable(false);
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const value of this.parameters()) if (value.grad) value.setGrad(null);
  }

  /**
   * Moves or converts all parameters and buffers: `dtype` touches floating-point ones only, `memoryFormat` those of
   * four dimensions. Properties then hold new tensors: make optimisers afterwards.
   */
  to(placement: TensorPlacement): this {
    const moved = new Map<Tensor, Tensor>();
    const move = <T extends Tensor>(tensor: T, wrap: (moved: Tensor) => T): T => {
      const known = moved.get(tensor);
      if (known) return known as T;
      const converted = convertTensor(tensor, placement);
      const result = converted === tensor ? tensor : wrap(converted);
      moved.set(tensor, result);
      return result;
    };
    for (const [, module] of this.namedModules()) {
      for (const [name, value] of module.ownParameters()) {
        const trained = value.requiresGrad;
        module.setOwn(
          name,
          move(value, (tensor) => parameter(tensor, trained)),
        );
      }
      for (const [name, value] of module.ownBuffers()) module.setOwn(name, move(value, keep));
    }
    for (const [before, after] of moved) if (before !== after) before.dispose();
    return this;
  }

  /** Copies of all parameters and persistent buffers, in PyTorch's order (own parameters, own buffers, children). */
  stateDict(): StateDict {
    const result: StateDict = new Map();
    for (const [name, tensor] of this.namedState()) result.set(name, toRawTensor(tensor));
    return result;
  }

  /** The live tensors behind {@link stateDict}; shared ones appear under each of their names. */
  *namedState(prefix = ''): Generator<[string, Tensor, Module, string]> {
    for (const [name, value] of this.ownParameters()) yield [join(prefix, name), value, this, name];
    for (const [name, value, { persistent }] of this.ownBuffers()) {
      if (persistent) yield [join(prefix, name), value, this, name];
    }
    for (const [name, child] of this.namedChildren()) yield* child.namedState(join(prefix, name));
  }

  /**
   * Copies tensors of `state` into the parameters and buffers of the same names; types are converted, and a network
   * built on `meta` gets memory.
   *
   * @throws StateDictMismatchError when `strict` (the default) and keys are missing, unexpected or of another shape.
   */
  loadStateDict(state: StateDict, { strict = true }: { strict?: boolean } = {}): LoadReport {
    return loadInto(this, state, strict);
  }

  /** Frees all parameters and buffers. */
  dispose(): void {
    for (const [, module] of this.namedModules()) {
      for (const [, value] of module.ownParameters()) value.dispose();
      for (const [, value] of module.ownBuffers()) value.dispose();
    }
  }

  /** Replaces the tensor in an own property (for loaders and converters; layers assign their properties plainly). */
  setOwn(name: string, value: Tensor | Module): void {
    (this as unknown as Record<string, unknown>)[name] = value;
  }

  /** The value of an own property, or undefined. */
  getOwn(name: string): unknown {
    return Object.hasOwn(this, name) ? (this as unknown as Record<string, unknown>)[name] : undefined;
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`;
}
