/**
 * Weights and inputs derived from names: the reference and we compute the same bits, so no weight file travels.
 *
 * The recipe in words: FNV-1a of the UTF-8 name (32 bits); element `i` is `hash + i · 0x9E3779B9` (mod 2³²) through
 * murmur3's finaliser, over 2³², minus one half, in float64; scaled by the rule of {@link recipeWeight}; last, rounded to
 * float32. `tools/reference/recipe.py` is the same in Python.
 */

/** FNV-1a of the UTF-8 bytes of a name, 32 bits. */
export function fnv1a(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Element `index` of the sequence of a hash, in [-0.5, 0.5). */
function unit(hash: number, index: number): number {
  let x = (hash + Math.imul(index, 0x9e3779b9)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296 - 0.5;
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}

/**
 * A parameter or float buffer.
 *
 * Two or more dimensions: `u · √(24 / product of shape[1:])`; one or none: `weight` → 1 + 0.2u, `running_var` → 1 + 0.4u,
 * `running_mean` and all else → 0.2u.
 *
 * @param name dotted name, as in the reference's checkpoint
 */
export function recipeWeight(name: string, shape: readonly number[]): Float32Array {
  const hash = fnv1a(name);
  const values = new Float32Array(product(shape));
  const leaf = name.slice(name.lastIndexOf('.') + 1);
  let [offset, scale] = [0, 0.2];
  if (leaf === 'running_var') [offset, scale] = [1, 0.4];
  else if (leaf !== 'running_mean' && shape.length <= 1) offset = leaf === 'weight' ? 1 : 0;
  else if (leaf !== 'running_mean') scale = Math.sqrt(24 / product(shape.slice(1)));
  for (let i = 0; i < values.length; i++) values[i] = offset + scale * unit(hash, i);
  return values;
}

/** An input: √12 · u, of unit variance. */
export function recipeInput(name: string, shape: readonly number[]): Float32Array {
  const hash = fnv1a(name);
  const values = new Float32Array(product(shape));
  const scale = Math.sqrt(12);
  for (let i = 0; i < values.length; i++) values[i] = unit(hash, i) * scale;
  return values;
}

/** Class numbers: ⌊(u + 0.5) · classes⌋. */
export function recipeLabels(name: string, shape: readonly number[], classes: number): BigInt64Array {
  const hash = fnv1a(name);
  const labels = new BigInt64Array(product(shape));
  for (let i = 0; i < labels.length; i++) labels[i] = BigInt(Math.floor((unit(hash, i) + 0.5) * classes));
  return labels;
}

/**
 * The same numbers, each up or down by a relative 2⁻²²: about what different orders of summation do to a layer's result.
 *
 * @param name decides which go up and which down
 */
export function perturb(values: Float32Array, name: string): Float32Array {
  const hash = fnv1a(name);
  return values.map((value, i) => value * (1 + (unit(hash, i) < 0 ? -1 : 1) * 2 ** -22));
}
