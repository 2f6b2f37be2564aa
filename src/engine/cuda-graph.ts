import { TorchError } from './errors.ts';
import { native } from './native.ts';
import type { Device } from './tensor.ts';

/** Work of a CUDA device that can be started again as a whole. */
export interface RecordedWork<T> {
  /** What the work writes to: the same tensors at every {@link RecordedWork.replay}. Whoever records keeps them. */
  readonly result: T;
  /** Does it again, on what its arguments hold by then. Returns before the device has finished, as operators do. */
  replay(): void;
  dispose(): void;
}

/** Whether the bridge can record: it was built for CUDA, with CUDA's headers at hand. */
export function canRecord(): boolean {
  return native().cudaGraphBegin !== undefined;
}

/**
 * Records the operators that `body` calls on a CUDA device, and runs none (a CUDA graph). They must have run once before, with
 * tensors of the same shapes, and neither read nor write memory of the host; tensors made outside are read where they are at every replay.
 *
 * @throws TorchError when something in `body` cannot be recorded, and what `body` throws
 */
export function recordCudaWork<T>(device: Device, body: () => T): RecordedWork<T> {
  const bridge = native();
  if (bridge.cudaGraphBegin === undefined) {
    throw new TorchError('this bridge was built without CUDA graphs', {
      remedy:
        "run `npm run setup` where CUDA's headers are (`$CUDA_HOME`, or nvidia-cuda-runtime and nvidia-cuda-crt beside PyTorch)",
    });
  }
  const id = named(() => bridge.cudaGraphBegin!(device));
  let result: T;
  try {
    result = body();
  } catch (error) {
    abandon(id);
    throw error;
  }
  named(() => bridge.cudaGraphEnd!(id));
  return {
    result,
    replay: () => named(() => bridge.cudaGraphReplay!(id)),
    dispose: () => bridge.cudaGraphFree!(id),
  };
}

/** Ends a recording that is void; that it is, its body has said. */
function abandon(id: number): void {
  try {
    native().cudaGraphEnd!(id);
    native().cudaGraphFree!(id);
  } catch {
    // A recording that broke off is forgotten by the bridge itself.
  }
}

function named<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    throw new TorchError(`CUDA graph: ${(cause as Error).message}`, {
      remedy: 'map without --cuda-graphs',
      cause,
    });
  }
}
