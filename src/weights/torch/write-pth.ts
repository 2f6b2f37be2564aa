import { type WriteOptions, writeFileAtomically } from '../../core/atomic-file.ts';
import { InvalidArgumentError } from '../../core/index.ts';
import { FileTensor } from '../file-tensor.ts';
import { OrderedMembers, type PicklableData, Pickler } from '../pickle/pickler.ts';
import type { RawTensor } from '../raw-tensor.ts';
import { checkedData } from '../safetensors.ts';
import { ZipWriter } from '../zip/writer.ts';

/** Folder inside the archive; PyTorch accepts any and writes this one for streams. */
const FOLDER = 'archive';
/** PyTorch begins each tensor at a multiple of this, so that files can be mapped into memory. */
const ALIGNMENT = 64;
/** Version of the archive layout since PyTorch 1.6. */
const LAYOUT_VERSION = '3\n';

/** Names the storages in the order in which they are met; tensors on the same bytes share one. */
class StorageList {
  readonly tensors: RawTensor[] = [];
  readonly #byTensor = new Map<RawTensor, string>();
  readonly #byBytes = new WeakMap<ArrayBufferLike, Map<string, string>>();

  keyOf(tensor: RawTensor): string {
    const known = this.#byTensor.get(tensor) ?? this.#onSameBytes(tensor);
    const key = known ?? String(this.tensors.push(tensor) - 1);
    this.#byTensor.set(tensor, key);
    if (known === undefined && !(tensor instanceof FileTensor)) this.#rememberBytes(tensor, key);
    return key;
  }

  #label({ dtype, data }: RawTensor): string {
    return `${dtype} ${data.byteOffset} ${data.byteLength}`;
  }

  /** Tied weights of a network are two tensors on one buffer. */
  #onSameBytes(tensor: RawTensor): string | undefined {
    if (tensor instanceof FileTensor) return undefined;
    return this.#byBytes.get(tensor.data.buffer)?.get(this.#label(tensor));
  }

  #rememberBytes(tensor: RawTensor, key: string): void {
    const { buffer } = tensor.data;
    const onBuffer = this.#byBytes.get(buffer) ?? new Map<string, string>();
    this.#byBytes.set(buffer, onBuffer.set(this.#label(tensor), key));
  }
}

/**
 * Writes weights in PyTorch's zip format, for `torch.load` of any PyTorch since 1.6, `weights_only=True` included
 * (PyTorch 1.13 then reads weights alone, since it knows no floats there). The same values give the same bytes. Tensors
 * are taken one at a time.
 *
 * Without `extra` the file is the bare state dict; with it, a dict that holds the weights under `state_dict` beside the
 * members of `extra`, which may hold tensors at any depth (optimiser states). Whole numbers become Python integers.
 * @throws InvalidArgumentError for values that are no plain data; OutputExistsError
 */
export function writePth(
  path: string,
  stateDict: ReadonlyMap<string, RawTensor>,
  extra?: Readonly<Record<string, PicklableData>>,
  options: WriteOptions = {},
): void {
  if (extra !== undefined && Object.hasOwn(extra, 'state_dict')) {
    throw new InvalidArgumentError('extra cannot have a member state_dict', { remedy: 'rename it' });
  }
  const storages = new StorageList();
  const weights = new OrderedMembers(stateDict);
  const root =
    extra === undefined
      ? weights
      : new Map<string, PicklableData | OrderedMembers>([['state_dict', weights], ...Object.entries(extra)]);
  const pickle = new Pickler((tensor) => storages.keyOf(tensor)).dump(root);
  writeFileAtomically(
    path,
    (sink) => {
      const zip = new ZipWriter(sink);
      zip.add(`${FOLDER}/data.pkl`, pickle, ALIGNMENT);
      zip.add(`${FOLDER}/byteorder`, Buffer.from('little'), ALIGNMENT);
      for (const [key, tensor] of storages.tensors.entries()) {
        zip.add(`${FOLDER}/data/${key}`, checkedData(`number ${key}`, tensor), ALIGNMENT);
      }
      zip.add(`${FOLDER}/version`, Buffer.from(LAYOUT_VERSION), ALIGNMENT);
      zip.finish();
    },
    options,
  );
}
