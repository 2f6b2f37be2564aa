import type { Module } from '../nn/index.ts';

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
