import { type DType, keep, ops, type Tensor } from '../../engine/index.ts';

/**
 * Remembers tensors that depend only on sizes: masks, index tables, position encodings.
 *
 * Tensors made in inference mode can never take part in training, so the two modes have entries of their own.
 */
export class TensorCache {
  readonly #entries = new Map<string, Tensor>();
  readonly #capacity: number;

  /** @param capacity how many tensors to keep; the one unused for longest goes first */
  constructor(capacity = 4) {
    this.#capacity = capacity;
  }

  /**
   * The tensor for `key`, made when it is not there.
   *
   * @param like the activation it will meet: gives the device and whether this is inference mode
   * @param dtype element type to convert to; as made when left out
   */
  get(key: string, like: Tensor, make: () => Tensor, dtype?: DType): Tensor {
    const full = `${key} ${dtype ?? ''} ${like.device} ${ops.isInference(like)}`;
    let tensor = this.#entries.get(full);
    if (tensor === undefined) {
      const made = make();
      tensor = keep(made.to({ device: like.device, dtype: dtype ?? made.dtype }));
      if (this.#entries.size >= this.#capacity) this.#dropOldest();
    }
    this.#entries.delete(full);
    this.#entries.set(full, tensor);
    return tensor;
  }

  #dropOldest(): void {
    const [oldest] = this.#entries;
    if (!oldest) return;
    this.#entries.delete(oldest[0]);
    oldest[1].dispose();
  }
}
