import type { Arc } from './strip-arcs.ts';

/** Triangles whose surrounding rectangle holds more lattice points than this are left alone. */
const MOST_POINTS = 1 << 14;

/** Distance of a point from a line segment, squared. */
function distance2(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / length));
  return (px - ax - t * dx) ** 2 + (py - ay - t * dy) ** 2;
}

/**
 * Simplifies the borders of a strip together. Each border is simplified once for the regions on both its sides, and a point
 * is left out only where no other point lies in the triangle that this flattens, so borders never cross, and neighbours
 * share theirs exactly. Ends of borders stay where they are. Borders move by at most `tolerance` pixels.
 *
 * Method: removal of the smallest triangles first (Visvalingam & Whyatt 1993), with the emptiness test for topology.
 */
export class ArcSimplifier {
  private readonly tolerance2: number;
  private readonly width: number;
  private readonly top: number;
  private readonly bottom: number;
  /** Points in use, by lattice point. */
  private readonly used: Uint8Array;
  /** Straight borders between two nodes: no second one may fall on them. */
  private readonly straight = new Set<string>();

  constructor(
    strip: { width: number; top: number; bottom: number },
    arcs: readonly Arc[],
    tolerance: number,
  ) {
    this.tolerance2 = tolerance ** 2;
    this.width = strip.width + 1;
    this.top = strip.top;
    this.bottom = strip.bottom;
    this.used = new Uint8Array(this.width * (strip.bottom - strip.top + 1));
    for (const { points } of arcs) {
      for (let i = 0; i < points.length; i += 2) this.used[this.place(points[i]!, points[i + 1]!)] = 1;
      if (points.length === 4) this.straight.add(this.key(points, 0, 2));
    }
  }

  private place(x: number, y: number): number {
    return (y - this.top) * this.width + x;
  }

  private key(points: Int32Array, i: number, j: number): string {
    const a = this.place(points[i]!, points[i + 1]!);
    const b = this.place(points[j]!, points[j + 1]!);
    return a < b ? `${a},${b}` : `${b},${a}`;
  }

  simplify({ points, loop }: Arc): Int32Array {
    if (this.tolerance2 === 0 || points.length <= 4) return points;
    let kept = Array.from({ length: points.length / 2 }, (_, i) => i);
    // Small triangles go first, as if sorted, at a fraction of the price.
    for (let area = 0.5; area <= 1024; area *= 2) {
      for (let before = -1; before !== kept.length; ) {
        before = kept.length;
        kept = this.pass(points, kept, 2 * area, loop);
      }
    }
    return Int32Array.from(kept.flatMap((i) => [points[2 * i]!, points[2 * i + 1]!]));
  }

  /** Goes once along a border; of two neighbouring points at most one is left out. */
  private pass(points: Int32Array, kept: readonly number[], area2: number, loop: boolean): number[] {
    const result = [kept[0]!];
    let left = kept.length;
    for (let at = 1; at + 1 < kept.length; at++) {
      const [a, b, c] = [result.at(-1)!, kept[at]!, kept[at + 1]!];
      if (this.removable(points, a, b, c, area2) && this.mayShrink(points, left, loop)) {
        this.used[this.place(points[2 * b]!, points[2 * b + 1]!)] = 0;
        if (--left === 2) this.straight.add(this.key(points, 0, points.length - 2));
        result.push(c);
        at++;
        if (at + 1 === kept.length) return result;
      } else {
        result.push(b);
      }
    }
    result.push(kept.at(-1)!);
    return result;
  }

  /** Whether a border of so many points can lose one more without vanishing. */
  private mayShrink(points: Int32Array, left: number, loop: boolean): boolean {
    const end = points.length - 2;
    if (loop || (points[0] === points[end] && points[1] === points[end + 1])) return left > 4;
    if (left > 3) return true;
    // Both ends on the next strip's first row: what lies along that row is not known yet.
    if (points[1] === this.bottom && points[end + 1] === this.bottom) return false;
    return !this.straight.has(this.key(points, 0, end));
  }

  private removable(points: Int32Array, a: number, b: number, c: number, area2: number): boolean {
    const [ax, ay] = [points[2 * a]!, points[2 * a + 1]!];
    const [bx, by] = [points[2 * b]!, points[2 * b + 1]!];
    const [cx, cy] = [points[2 * c]!, points[2 * c + 1]!];
    if (ax === cx && ay === cy) return false;
    const cross = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
    if (Math.abs(cross) > area2) return false;
    for (let i = a + 1; i < c; i++) {
      if (distance2(points[2 * i]!, points[2 * i + 1]!, ax, ay, cx, cy) > this.tolerance2) return false;
    }
    return this.isEmpty(ax, ay, bx, by, cx, cy, cross);
  }

  /** Whether no other point in use lies in or on a triangle. */
  private isEmpty(
    ax: number,
    ay: number,
    bx: number,
    by: number,
    cx: number,
    cy: number,
    cross: number,
  ): boolean {
    const [left, right] = [Math.min(ax, bx, cx), Math.max(ax, bx, cx)];
    const [top, bottom] = [Math.min(ay, by, cy), Math.max(ay, by, cy)];
    if ((right - left + 1) * (bottom - top + 1) > MOST_POINTS) return false;
    const sign = cross >= 0 ? 1 : -1;
    for (let y = top; y <= bottom; y++) {
      for (let x = left; x <= right; x++) {
        if (this.used[this.place(x, y)] === 0) continue;
        if ((x === ax && y === ay) || (x === bx && y === by) || (x === cx && y === cy)) continue;
        const inside =
          sign * ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) >= 0 &&
          sign * ((cx - bx) * (y - by) - (cy - by) * (x - bx)) >= 0 &&
          sign * ((ax - cx) * (y - cy) - (ay - cy) * (x - cx)) >= 0;
        if (inside) return false;
      }
    }
    return true;
  }
}
