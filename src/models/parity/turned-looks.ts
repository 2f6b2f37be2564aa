import { type Tensor, tensor } from '../../engine/index.ts';
import { Mask2FormerForUniversalSegmentation } from '../huggingface/mask2former/mask2former.ts';
import type { SegmentationNetwork } from '../network.ts';
import type { ParityCase } from './case.ts';
import { meanDistance, relativeToSpread } from './compare.ts';
import { loadRecipe, type Measurement, measureOutputs } from './measure.ts';

/** A cell that a query looks at in the reference and not here, or the other way round. */
export interface TurnedLook {
  /** Layer of the query decoder. */
  readonly layer: number;
  /** Element of the layer's `[1, Q, H, W]` mask. */
  readonly element: number;
  /** How near the mask's edge it is, in standard deviations of the layer's mask. */
  readonly edge: number;
}

/** Roundings move masks by no more, in standard deviations. */
const NEAR_EDGE = 1e-4;
/** Cells nearest to an edge that are tried. */
const MOST_CELLS = 32;

const spreadOf = (values: Float32Array) => {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(squares / values.length - (sum / values.length) ** 2);
};

/**
 * Mask2Former's queries look where their mask is above one half. Where a mask is within a rounding of that, the reference's
 * rounding and ours may fall on different sides, and everything after changes: no fixed tolerance holds then. This turns the
 * cells that are nearest to an edge, one after the other, and keeps what brings thousands of outputs nearer to the reference's,
 * until they agree. The network then stays with what was turned.
 *
 * @returns undefined when the outputs do not agree however such cells are turned; the network is as it was then
 */
export function findTurnedLooks(
  network: SegmentationNetwork,
  parityCase: ParityCase,
  reference: Measurement,
  tolerance: number,
  nearEdge = NEAR_EDGE,
): readonly TurnedLook[] | undefined {
  if (!(network instanceof Mask2FormerForUniversalSegmentation)) return undefined;
  const { decoder } = network.model.transformer_module;
  const { length: layers } = decoder.layers;
  const cells: TurnedLook[] = [];
  let turned: readonly TurnedLook[] = [];
  let [call, looking] = [0, true];
  decoder.coverage = (masks, size): Tensor => {
    const found = Object.getPrototypeOf(decoder).coverage.call(decoder, masks, size) as Tensor;
    const layer = call++ % layers;
    const values = found.toFloat32();
    if (looking) {
      const spread = spreadOf(values);
      for (const [element, value] of values.entries()) {
        const edge = Math.abs(value) / spread;
        if (edge < nearEdge) cells.push({ layer, element, edge });
      }
      return found;
    }
    const here = turned.filter((cell) => cell.layer === layer);
    if (here.length === 0) return found;
    // Whatever the size: the sign alone counts.
    for (const { element } of here) values[element] = values[element]! < 0 ? 1 : -1;
    return tensor(values, [...found.shape], { dtype: masks.dtype });
  };
  loadRecipe(network, parityCase);
  const measured = () => {
    const outputs = measureOutputs(network, parityCase);
    const pairs = [...reference.outputs].map(([name, values]) => [outputs.get(name)!, values] as const);
    return {
      mean: pairs.reduce((sum, [found, expected]) => sum + meanDistance(found, expected), 0),
      largest: Math.max(...pairs.map(([found, expected]) => relativeToSpread(found, expected))),
    };
  };
  let distance = measured();
  looking = false;
  for (const cell of cells.sort((a, b) => a.edge - b.edge).slice(0, MOST_CELLS)) {
    if (distance.largest <= tolerance) break;
    const before = turned;
    turned = [...turned, cell];
    const next = measured();
    if (next.mean < distance.mean) distance = next;
    else turned = before;
  }
  if (turned.length > 0 && distance.largest <= tolerance) return turned;
  Reflect.deleteProperty(decoder, 'coverage');
  return undefined;
}
