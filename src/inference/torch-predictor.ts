import { createHash } from 'node:crypto';
import type { Normalizer } from '../data/index.ts';
import {
  autocast,
  cudaDeviceCount,
  type Device,
  empty,
  inferenceMode,
  ops,
  scope,
  type Tensor,
  type TypedArray,
  tensor,
  torchVersion,
} from '../engine/index.ts';
import { type SegmentationNetwork, takesMetadata } from '../models/index.ts';
import { PartsPredictor } from './parts-predictor.ts';
import type { Core, PredictionKind, Tile, TilePart } from './predictor.ts';
import { packableConvolutions, prepareNetwork } from './prepare-network.ts';
import { RecordedForward, requireCudaGraphs } from './recorded-forward.ts';

/** Arithmetic of a predictor: float32, or 16 bits where the result allows it. */
export type Precision = 'fp32' | 'bf16' | 'fp16';

/** The types of tensors behind the precisions of 16 bits. */
const HALVES = { bf16: 'bfloat16', fp16: 'float16' } as const;

/** How {@link TorchPredictor} computes. */
export interface TorchPredictorOptions {
  readonly normalizer: Normalizer;
  /** `cuda` where there is one, by default. */
  readonly device?: Device;
  readonly precision?: Precision;
  /** Merge batch normalisation into the convolutions before it (exact to rounding). Default true. */
  readonly fold?: boolean;
  /** Record the forward pass on a CUDA device and start it as a whole ({@link RecordedForward}). Default false. */
  readonly cudaGraphs?: boolean;
}

/** Predicts with libtorch. Owns the network: it is folded, converted and moved. */
export class TorchPredictor extends PartsPredictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor: number;
  readonly engine: string;
  private readonly network: SegmentationNetwork;
  private readonly normalizer: Normalizer;
  private readonly device: Device;
  private readonly precision: Precision;
  private readonly recorded: RecordedForward | null;
  private digest: string | undefined;

  /** @throws InvalidArgumentError where CUDA graphs are asked for and cannot be had */
  constructor(network: SegmentationNetwork, options: TorchPredictorOptions) {
    const {
      normalizer,
      device = cudaDeviceCount() > 0 ? 'cuda' : 'cpu',
      precision = 'fp32',
      fold = true,
      cudaGraphs = false,
    } = options;
    super();
    if (cudaGraphs) requireCudaGraphs(device);
    const dtype = precision === 'fp32' ? 'float32' : HALVES[precision];
    prepareNetwork(network, { device, fold, dtype });
    const packable = packableConvolutions(network, device);
    // Packed weights are no longer read.
    if (packable.length > 0) this.digest = digestOf(network);
    for (const convolution of packable) convolution.pack(dtype);
    this.network = network;
    this.normalizer = normalizer;
    this.device = device;
    this.precision = precision;
    this.channels = network.inChannels;
    this.classes = network.classes;
    this.divisor = network.inputDivisor;
    this.engine = `libtorch ${torchVersion()}, ${device}, ${precision}`;
    this.recorded = cudaGraphs ? new RecordedForward((images) => this.forward(images, null)) : null;
  }

  async predictParts(
    tiles: readonly Tile[],
    parts: readonly (readonly TilePart[])[],
  ): Promise<(Uint8Array | Float32Array)[][]> {
    // On the processor batches gain nothing; one by one, a tile's answer does not depend on its neighbours in the batch.
    const batches = this.device === 'cpu' ? tiles.map((tile) => [tile]) : [tiles];
    let next = 0;
    return batches.flatMap((batch) =>
      inferenceMode(() =>
        scope(() => {
          const logits = this.logits(batch);
          return batch.map((_, i) => {
            const scores = ops.select(logits, 0, i);
            return parts[next++]!.map(({ core, kind }) => finish(cut(scores, core), kind));
          });
        }),
      ),
    );
  }

  /** SHA-256 of the weights as they are computed with. */
  get fingerprint(): string {
    this.digest ??= digestOf(this.network);
    return this.digest;
  }

  /** Scores `[N, K, H, W]` at the tiles' size. */
  private logits(tiles: readonly Tile[]): Tensor {
    return scope(() => {
      const x = this.images(tiles);
      const metadata = this.metadata(tiles);
      const y = metadata === null && this.recorded ? this.recorded.run(x) : this.forward(x, metadata);
      const [height, width] = [x.size(2), x.size(3)];
      if (y.size(2) === height && y.size(3) === width) return y;
      return ops.interpolate(y, { size: [height, width], mode: 'bilinear' });
    });
  }

  /** The tiles as the network takes them, `[N, C, H, W]`; nothing else of them is left while it works. */
  private images(tiles: readonly Tile[]): Tensor {
    return scope(() => {
      const [{ width, height }] = tiles as [Tile, ...Tile[]];
      const shape = [tiles.length, this.channels, height, width];
      const images = empty(shape, { device: 'cpu', memoryFormat: 'channels_last' });
      for (const [i, { pixels, dataType, image }] of tiles.entries()) {
        const raw = tensor(pixels as TypedArray, [this.channels, height, width], { share: true });
        this.normalizer.apply(raw, dataType, ops.select(images, 0, i), image);
      }
      return images.to({ device: this.device });
    });
  }

  /** The tiles' metadata where they and the network have it, `[N, D]`. */
  private metadata(tiles: readonly Tile[]): Tensor | null {
    if (!takesMetadata(this.network) || tiles.some(({ metadata }) => metadata === undefined)) return null;
    const vectors = tiles.map(({ metadata }) => tensor(metadata!, [metadata!.length]));
    return scope(() => ops.stack(vectors).to({ device: this.device }));
  }

  /** The network's answer in the predictor's arithmetic. */
  private forward(images: Tensor, metadata: Tensor | null): Tensor {
    const { network, device, precision } = this;
    const answer = () =>
      metadata !== null && takesMetadata(network)
        ? network.forwardWithMetadata(images, metadata)
        : network.forward(images);
    return precision === 'fp32' ? answer() : autocast({ device, dtype: HALVES[precision] }, answer);
  }

  dispose(): void {
    this.recorded?.dispose();
    this.network.dispose();
    this.normalizer.dispose();
  }
}

function digestOf(network: SegmentationNetwork): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of network.stateDict()) hash.update(name).update(data);
  return hash.digest('hex');
}

function cut(scores: Tensor, { x, y, width, height }: Core): Tensor {
  return ops.narrow(ops.narrow(scores, 1, y, height), 2, x, width);
}

/** The answer in the form that was asked for, on the host. */
function finish(scores: Tensor, kind: PredictionKind): Uint8Array | Float32Array {
  if (kind === 'classes') return ops.bestClass(ops.unsqueeze(scores, 0)).toTypedArray() as Uint8Array;
  // Laid out class by class while they are of 16 bits: half the bytes to move.
  const exact = ops.contiguous(scores).to({ dtype: 'float32' });
  return (kind === 'probabilities' ? ops.softmax(exact, 0) : exact).toFloat32();
}
