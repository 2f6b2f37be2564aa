import { operator } from '../dispatch.ts';
import type { DType } from '../dtype.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { argmax } from './reduce.ts';
import { cat, narrow } from './shape.ts';

const viewAs = operator('aten::view', 'dtype');
const shiftRight = operator('aten::bitwise_right_shift', 'Tensor_Scalar');
const and_ = operator('aten::bitwise_and_', 'Scalar');
const xor_ = operator('aten::bitwise_xor_', 'Tensor');

const HALVES: ReadonlySet<DType> = new Set<DType>(['bfloat16', 'float16']);

/** Scores that are compared at a time, which bounds the memory that their copies take. */
const AT_ONCE = 2 ** 23;

/**
 * The class of the highest score of each pixel, `[N, K, H, W]` → uint8 `[N, H, W]`; of equal scores the first. As `argmax` gives it,
 * but quicker on a processor: libtorch takes several times as long where the scores of a pixel do not lie together, and compares
 * numbers of 16 bits one by one unless they are whole.
 */
export function bestClass(scores: Tensor): Tensor {
  if (scores.device !== 'cpu') return scope(() => argmax(scores, 1).to({ dtype: 'uint8' }));
  const [, , height] = scores.shape as [number, number, number, number];
  const step = Math.max(1, Math.floor((AT_ONCE * height) / scores.numel));
  return scope(() => {
    const parts: Tensor[] = [];
    for (let top = 0; top < height; top += step)
      parts.push(bestOfRows(narrow(scores, 2, top, Math.min(step, height - top))));
    return cat(parts, 1);
  });
}

function bestOfRows(scores: Tensor): Tensor {
  return scope(() => {
    const together = scores.to({ memoryFormat: 'channels_last' });
    const comparable = HALVES.has(scores.dtype) ? inOrder(together) : together;
    return argmax(comparable, 1).to({ dtype: 'uint8' });
  });
}

/** Whole numbers in the order of the scores: their bits, those of negative ones turned over. */
function inOrder(scores: Tensor): Tensor {
  // Adding zero makes a copy in which −0 is 0.
  const bits = viewAs(add(scores, 0), 'int16') as Tensor;
  const negative = shiftRight(bits, 15) as Tensor;
  return xor_(bits, and_(negative, 2 ** 15 - 1)) as Tensor;
}
