import { Conv2d, FusedConv2d, Identity, type Module } from '../nn/index.ts';

/** A part of a network that has a quicker form, which gives the same but for rounding and cannot be trained. */
export interface HasInferenceForm {
  /** Takes on that form; batch norms are folded before. */
  toInferenceForm(): void;
}

const hasInferenceForm = (module: Module): module is Module & HasInferenceForm => 'toInferenceForm' in module;

/** Brings every part of a network into its form for inference. Its state dict changes: do it last. */
export function toInferenceForm(network: Module): void {
  for (const [, module] of [...network.namedModules()])
    if (hasInferenceForm(module)) module.toInferenceForm();
}

/** Convolutions with the ReLU behind each inside, where the norms between were folded; null where one is left. */
export function withReluInside<Convs extends readonly Module[]>(
  convs: Convs,
  norms: readonly Module[],
): { [I in keyof Convs]: FusedConv2d } | null {
  const plain = convs.filter((conv) => conv instanceof Conv2d);
  if (plain.length < convs.length || !norms.every((norm) => norm instanceof Identity)) return null;
  return plain.map((conv) => new FusedConv2d(conv, { relu: true })) as { [I in keyof Convs]: FusedConv2d };
}
