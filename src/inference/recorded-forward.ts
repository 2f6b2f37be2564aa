import { InvalidArgumentError } from '../core/index.ts';
import {
  canRecord,
  type Device,
  keep,
  ops,
  type RecordedWork,
  recordCudaWork,
  type Tensor,
} from '../engine/index.ts';

/** The forward pass for images of one shape: where they go, and what it does with them. */
interface Recorded {
  readonly images: Tensor;
  readonly work: RecordedWork<Tensor>;
}

/** Shapes that are recorded at the most: each holds the memory of a whole forward pass. */
const MOST_SHAPES = 2;

/**
 * A forward pass that is recorded on a CUDA device when a shape comes for the second time, and started as a whole from then on. Networks
 * whose work cannot be recorded (they ask the host for numbers) go on as they are.
 */
export class RecordedForward {
  readonly #forward: (images: Tensor) => Tensor;
  readonly #record: typeof recordCudaWork;
  /** Null where a shape has been seen once. */
  readonly #shapes = new Map<string, Recorded | null>();
  #refused = false;

  /** @param record how work is recorded; tests bring their own */
  constructor(forward: (images: Tensor) => Tensor, record = recordCudaWork) {
    this.#forward = forward;
    this.#record = record;
  }

  /** @param images on the device; the answer holds until the next call with images of their shape */
  run(images: Tensor): Tensor {
    if (this.#refused) return this.#forward(images);
    const key = images.shape.join('×');
    const known = this.#shapes.get(key);
    if (known === undefined) {
      // The first pass chooses kernels and fills caches, which cannot be recorded.
      if (this.#shapes.size < MOST_SHAPES) this.#shapes.set(key, null);
      return this.#forward(images);
    }
    const recorded = known ?? this.#recorded(images);
    if (recorded === null) return this.#forward(images);
    this.#shapes.set(key, recorded);
    ops.copy_(recorded.images, images);
    recorded.work.replay();
    return recorded.work.result;
  }

  #recorded(images: Tensor): Recorded | null {
    const place = keep(ops.clone(images));
    try {
      return { images: place, work: this.#record(images.device, () => keep(this.#forward(place))) };
    } catch {
      // What is wrong with the network itself, the pass that follows says.
      place.dispose();
      this.#refused = true;
      return null;
    }
  }

  dispose(): void {
    for (const recorded of this.#shapes.values()) {
      recorded?.work.dispose();
      recorded?.work.result.dispose();
      recorded?.images.dispose();
    }
    this.#shapes.clear();
  }
}

/** @throws InvalidArgumentError where nothing can be recorded */
export function requireCudaGraphs(device: Device | 'ONNX Runtime'): void {
  const key = '--cuda-graphs';
  if (!device.startsWith('cuda')) {
    const remedy = 'choose a CUDA device and a network of libtorch, or leave --cuda-graphs out';
    throw new InvalidArgumentError(`CUDA graphs are of CUDA devices; this network predicts on ${device}`, {
      key,
      remedy,
    });
  }
  if (canRecord()) return;
  throw new InvalidArgumentError('the bridge to libtorch was built without CUDA graphs', {
    key,
    remedy:
      "run `npm run setup` where CUDA's headers are ($CUDA_HOME, or nvidia-cuda-runtime and nvidia-cuda-crt beside PyTorch)",
  });
}
