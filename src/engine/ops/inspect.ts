import { operator } from '../dispatch.ts';
import type { Tensor } from '../tensor.ts';

/** Whether the tensor was made in inference mode, and so can never take part in training. */
export const isInference = operator('aten::is_inference') as (x: Tensor) => boolean;
