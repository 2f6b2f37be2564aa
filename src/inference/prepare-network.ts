import { type Device, type DType, isTorchAtLeast, noGrad, scope, zeros } from '../engine/index.ts';
import { type SegmentationNetwork, toInferenceForm } from '../models/index.ts';
import { Conv2d, ConvTranspose2d, FusedConv2d, foldBatchNorm } from '../nn/index.ts';

/** Where a network is to predict, and in what arithmetic. */
export interface Preparation {
  readonly device: Device;
  /** What convolutions compute in. */
  readonly dtype: 'float32' | 'bfloat16' | 'float16';
  /** Merge batch normalisation into the convolutions before it. */
  readonly fold: boolean;
}

/** Does once to a network what would otherwise be done for each image. It can predict afterwards and not be trained. */
export function prepareNetwork(network: SegmentationNetwork, { device, dtype, fold }: Preparation): void {
  network.eval();
  network.freeze();
  if (fold) foldBatches(network);
  if (gainsByInferenceForm(device)) toInferenceForm(network);
  network.to({ device, memoryFormat: 'channels_last' });
  if (dtype !== 'float32') roundConvolutions(network, dtype);
}

/** Folding watches one forward pass; a small image is enough. */
function foldBatches(network: SegmentationNetwork): void {
  const side = Math.max(64, network.inputDivisor);
  foldBatchNorm(network, () =>
    noGrad(() => scope(() => network.forward(zeros([1, network.inChannels, side, side])))),
  );
}

/**
 * Transposed convolutions are quick on processors since libtorch 2: there the form was measured (2.13: quicker; 1.13: slower). What graphics
 * processors would gain is not known.
 */
function gainsByInferenceForm(device: Device): boolean {
  return device === 'cpu' && isTorchAtLeast(2);
}

/** Rounds the weights of convolutions once; autocast would do the same before each image. Those to be packed are rounded then. */
function roundConvolutions(network: SegmentationNetwork, dtype: DType): void {
  const kinds = [Conv2d, ConvTranspose2d];
  for (const [, module] of [...network.namedModules()])
    if (kinds.some((kind) => module instanceof kind)) module.to({ dtype });
}

/** Convolutions whose weights may be packed, the last thing to be done: they leave the state dict. */
export function packableConvolutions(network: SegmentationNetwork, device: Device): FusedConv2d[] {
  if (device !== 'cpu') return [];
  return Array.from(network.namedModules(), ([, module]) => module).filter(
    (module) => module instanceof FusedConv2d,
  );
}
