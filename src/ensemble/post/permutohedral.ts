/** Points' corners are found by a hash of their places; the table is doubled when more than half full. */
class CornerTable {
  count = 0;
  readonly #dimensions: number;
  #slots = new Int32Array(1 << 16).fill(-1);
  #keys: Int16Array;

  constructor(dimensions: number) {
    this.#dimensions = dimensions;
    this.#keys = new Int16Array(dimensions << 15);
  }

  key(corner: number, axis: number): number {
    return this.#keys[corner * this.#dimensions + axis]!;
  }

  #slotOf(key: Int16Array, start: number): number {
    const size = this.#dimensions;
    let hash = 0;
    for (let axis = 0; axis < size; axis++) hash = Math.imul(hash + key[start + axis]!, 1664525);
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const corner = this.#slots[slot]!;
      if (corner < 0) return slot;
      let axis = 0;
      while (axis < size && this.#keys[corner * size + axis] === key[start + axis]) axis++;
      if (axis === size) return slot;
    }
  }

  /** The number of a corner; -1 where there is none. */
  find(key: Int16Array): number {
    return this.#slots[this.#slotOf(key, 0)]!;
  }

  /** The number of a corner, new or known. */
  add(key: Int16Array): number {
    const slot = this.#slotOf(key, 0);
    const known = this.#slots[slot]!;
    if (known >= 0) return known;
    const corner = this.count++;
    this.#slots[slot] = corner;
    if (this.count * this.#dimensions > this.#keys.length) {
      const longer = new Int16Array(2 * this.#keys.length);
      longer.set(this.#keys);
      this.#keys = longer;
    }
    this.#keys.set(key, corner * this.#dimensions);
    if (2 * this.count > this.#slots.length) this.#grow();
    return corner;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length).fill(-1);
    for (let corner = 0; corner < this.count; corner++) {
      this.#slots[this.#slotOf(this.#keys, corner * this.#dimensions)] = corner;
    }
  }
}

/**
 * Gaussian filtering of values at points of many dimensions, in time linear in their number: values are spread over the
 * corners of a lattice, blurred along its axes, and gathered again. Kernels have standard deviation 1 in every dimension
 * (scale the points), and are not normalised: ask for the filtered ones.
 *
 * Source: A. Adams, J. Baek, M. Davis, "Fast High-Dimensional Filtering Using the Permutohedral Lattice", 2010.
 */
export class PermutohedralLattice {
  readonly #dimensions: number;
  readonly #points: number;
  /** `[points, dimensions + 1]`: the corners around each point, and their shares. */
  readonly #corners: Int32Array;
  readonly #shares: Float32Array;
  /** `[dimensions + 1, corners, 2]`: neighbours along each axis, counted from 1; 0 stands for none. */
  readonly #neighbours: Int32Array;
  readonly #count: number;

  /** @param points `[points, dimensions]` */
  constructor(points: Float32Array, dimensions: number) {
    const d = dimensions;
    this.#dimensions = d;
    this.#points = points.length / d;
    this.#corners = new Int32Array(this.#points * (d + 1));
    this.#shares = new Float32Array(this.#points * (d + 1));
    const table = new CornerTable(d);
    this.#place(points, table);
    this.#count = table.count;
    this.#neighbours = new Int32Array(2 * (d + 1) * this.#count);
    const [one, other] = [new Int16Array(d), new Int16Array(d)];
    for (let axis = 0, at = 0; axis <= d; axis++) {
      for (let corner = 0; corner < this.#count; corner++) {
        for (let k = 0; k < d; k++) {
          const key = table.key(corner, k);
          one[k] = k === axis ? key + d : key - 1;
          other[k] = k === axis ? key - d : key + 1;
        }
        this.#neighbours[at++] = table.find(one) + 1;
        this.#neighbours[at++] = table.find(other) + 1;
      }
    }
  }

  /** Finds the simplex around each point and the point's barycentric coordinates in it. */
  #place(points: Float32Array, table: CornerTable): void {
    const d = this.#dimensions;
    // The spread of a blur over all axes, splat and slice included, is (d + 1)·√(2/3) lattice steps.
    const spread = (d + 1) * Math.sqrt(2 / 3);
    const scale = Float64Array.from({ length: d }, (_, i) => spread / Math.sqrt((i + 1) * (i + 2)));
    const elevated = new Float64Array(d + 1);
    const nearest = new Int32Array(d + 1);
    const rank = new Int32Array(d + 1);
    const shares = new Float64Array(d + 2);
    const key = new Int16Array(d);
    for (let point = 0; point < this.#points; point++) {
      let sum = 0;
      for (let i = d; i > 0; i--) {
        const value = points[point * d + i - 1]! * scale[i - 1]!;
        elevated[i] = sum - i * value;
        sum += value;
      }
      elevated[0] = sum;
      let off = 0;
      for (let i = 0; i <= d; i++) {
        const whole = Math.round(elevated[i]! / (d + 1));
        nearest[i] = whole * (d + 1);
        off += whole;
      }
      rank.fill(0);
      for (let i = 0; i < d; i++) {
        for (let j = i + 1; j <= d; j++) {
          if (elevated[i]! - nearest[i]! < elevated[j]! - nearest[j]!) rank[i]!++;
          else rank[j]!++;
        }
      }
      for (let i = 0; i <= d; i++) {
        rank[i]! += off;
        if (rank[i]! < 0) {
          rank[i]! += d + 1;
          nearest[i]! += d + 1;
        } else if (rank[i]! > d) {
          rank[i]! -= d + 1;
          nearest[i]! -= d + 1;
        }
      }
      shares.fill(0);
      for (let i = 0; i <= d; i++) {
        const value = (elevated[i]! - nearest[i]!) / (d + 1);
        shares[d - rank[i]!]! += value;
        shares[d + 1 - rank[i]!]! -= value;
      }
      shares[0]! += 1 + shares[d + 1]!;
      for (let color = 0; color <= d; color++) {
        for (let i = 0; i < d; i++) {
          key[i] = nearest[i]! + color - (rank[i]! > d - color ? d + 1 : 0);
        }
        this.#corners[point * (d + 1) + color] = table.add(key);
        this.#shares[point * (d + 1) + color] = shares[color]!;
      }
    }
  }

  /**
   * Filters values.
   * @param values `[points, width]`; not changed
   * @returns `[points, width]`
   */
  filter(values: Float32Array, width: number): Float32Array {
    const corners = this.#dimensions + 1;
    // Corner 0 is none: what has no neighbour there reads and keeps zeros.
    let now = new Float32Array((this.#count + 1) * width);
    let next = new Float32Array(now.length);
    for (let point = 0, at = 0; point < this.#points; point++) {
      for (let i = 0; i < corners; i++, at++) {
        const [to, share] = [(this.#corners[at]! + 1) * width, this.#shares[at]!];
        for (let k = 0; k < width; k++) now[to + k]! += share * values[point * width + k]!;
      }
    }
    for (let axis = 0, at = 0; axis < corners; axis++) {
      for (let corner = 1; corner <= this.#count; corner++) {
        const [one, other] = [this.#neighbours[at++]! * width, this.#neighbours[at++]! * width];
        const to = corner * width;
        for (let k = 0; k < width; k++) next[to + k] = now[to + k]! + 0.5 * (now[one + k]! + now[other + k]!);
      }
      [now, next] = [next, now];
    }
    const result = new Float32Array(values.length);
    const scale = 1 / (1 + 2 ** -this.#dimensions);
    for (let point = 0, at = 0; point < this.#points; point++) {
      for (let i = 0; i < corners; i++, at++) {
        const [from, share] = [(this.#corners[at]! + 1) * width, scale * this.#shares[at]!];
        for (let k = 0; k < width; k++) result[point * width + k]! += share * now[from + k]!;
      }
    }
    return result;
  }
}
