import type { Translation } from './call.ts';
import { convolutions } from './convolution.ts';
import { elementwise } from './elementwise.ts';
import { indexings } from './indexing.ts';
import { linears } from './linear.ts';
import { normalisations } from './normalisation.ts';
import { poolings } from './pooling.ts';
import { reductions } from './reduction.ts';
import { resizings } from './resizing.ts';
import { shapes } from './shape.ts';

/** How every ATen operator that networks use becomes ONNX nodes. */
export const translations: ReadonlyMap<string, Translation> = new Map(
  [
    convolutions,
    normalisations,
    poolings,
    resizings,
    linears,
    shapes,
    elementwise,
    reductions,
    indexings,
  ].flatMap((family) => Object.entries(family)),
);

/** Names of the operators that can be exported. */
export function exportableOperators(): string[] {
  return [...translations.keys()].sort();
}
