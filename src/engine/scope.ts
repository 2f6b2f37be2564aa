import { InvalidArgumentError } from '../core/errors.ts';
import { loadedNative } from './native.ts';
import type { Tensor } from './tensor.ts';

let current: Tensor[] | null = null;

/** @internal Records a new tensor with the innermost scope. */
export function track(tensor: Tensor): void {
  current?.push(tensor);
}

/** Calls `visit` for each tensor in a value made of tensors, arrays, maps and plain objects. */
function walk(value: unknown, visit: (tensor: object) => void): void {
  if (value === null || typeof value !== 'object') return;
  if ('dispose' in value && 'kept' in value) visit(value);
  else if (Array.isArray(value)) for (const item of value) walk(item, visit);
  else if (value instanceof Map) for (const item of value.values()) walk(item, visit);
  else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) walk(item, visit);
  }
}

/**
 * Runs `body` and frees every tensor made inside, except those it returns (arrays, maps and plain objects are
 * searched) and those that were {@link keep}-ed. Scopes nest; returned tensors belong to the enclosing scope.
 *
 * A scope is synchronous: freeing while an asynchronous body still runs would free under its feet.
 */
export function scope<T>(body: () => T): T {
  if (current !== null) return runScope(body, current);
  // What a scope holds is no business of the garbage collector's; it hears of what is left.
  loadedNative()?.holdReports(true);
  try {
    return runScope(body, null);
  } finally {
    loadedNative()?.holdReports(false);
  }
}

function runScope<T>(body: () => T, outer: Tensor[] | null): T {
  const mine: Tensor[] = [];
  current = mine;
  let result: T;
  try {
    result = body();
  } catch (error) {
    for (const tensor of mine) if (!tensor.kept) tensor.dispose();
    throw error;
  } finally {
    current = outer;
  }
  if (result instanceof Promise) {
    throw new InvalidArgumentError('scope() was given an asynchronous function', {
      remedy: 'await first, then use scope() around the synchronous computation',
    });
  }
  const returned = new Set<object>();
  walk(result, (tensor) => returned.add(tensor));
  for (const tensor of mine) {
    if (tensor.kept) continue;
    if (returned.has(tensor)) outer?.push(tensor);
    else tensor.dispose();
  }
  return result;
}

/** Takes a tensor out of every scope: it lives until `dispose()` (parameters, optimiser state, running statistics). */
export function keep<T extends Tensor>(tensor: T): T {
  tensor.kept = true;
  return tensor;
}
