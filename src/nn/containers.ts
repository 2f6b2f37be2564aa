import { scope, type Tensor } from '../engine/index.ts';
import { Module, type TensorModule } from './module.ts';

/**
 * Modules called one after another, named `0`, `1`, …. Each output is freed as soon as the next module has used it.
 */
export class Sequential extends Module {
  [index: number]: TensorModule;

  constructor(...modules: TensorModule[]) {
    super();
    for (const [index, module] of modules.entries()) this.addModule(String(index), module);
  }

  /** A chain whose members have names other than numbers. */
  static named(modules: Readonly<Record<string, TensorModule>>): Sequential {
    const chain = new Sequential();
    for (const [name, module] of Object.entries(modules)) chain.addModule(name, module);
    return chain;
  }

  get length(): number {
    return Array.from(this.namedChildren()).length;
  }

  append(module: TensorModule): this {
    this.addModule(String(this.length), module);
    return this;
  }

  *[Symbol.iterator](): Generator<TensorModule> {
    for (const [, child] of this.namedChildren()) yield child as TensorModule;
  }

  forward(x: Tensor): Tensor {
    let current = x;
    for (const module of this) {
      const before = current;
      current = scope(() => module.forward(before));
      if (before !== x && before !== current) before.dispose();
    }
    return current;
  }
}

/** Modules in an indexed list, named `0`, `1`, …; it has no forward of its own. */
export class ModuleList<M extends Module = TensorModule> extends Module {
  [index: number]: M;

  constructor(modules: Iterable<M> = []) {
    super();
    for (const module of modules) this.append(module);
  }

  get length(): number {
    return Array.from(this.namedChildren()).length;
  }

  append(module: M): this {
    this.addModule(String(this.length), module);
    return this;
  }

  *[Symbol.iterator](): Generator<M> {
    for (const [, child] of this.namedChildren()) yield child as M;
  }

  override forward(): never {
    throw new TypeError('a ModuleList has no forward: iterate over it');
  }
}

/** Modules under names; it has no forward of its own. */
export class ModuleDict<M extends Module = TensorModule> extends Module {
  constructor(modules: Readonly<Record<string, M>> = {}) {
    super();
    for (const [name, module] of Object.entries(modules)) this.addModule(name, module);
  }

  /** The module called `name`, or undefined. */
  get(name: string): M | undefined {
    const value = this.getOwn(name);
    return value instanceof Module ? (value as M) : undefined;
  }

  set(name: string, module: M): this {
    this.addModule(name, module);
    return this;
  }

  *entries(): Generator<[string, M]> {
    for (const [name, child] of this.namedChildren()) yield [name, child as M];
  }

  override forward(): never {
    throw new TypeError('a ModuleDict has no forward: look its members up');
  }
}
