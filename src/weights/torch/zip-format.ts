import { type ByteSource, bufferSource } from '../byte-source.ts';
import { CorruptFileError, UnknownFormatError, UnsupportedContentError } from '../errors.ts';
import { ByteReader } from '../pickle/byte-reader.ts';
import type { PyValue } from '../pickle/values.ts';
import { ZipArchive } from '../zip/archive.ts';
import { type StorageId, TensorStorage } from './storage.ts';
import { type PickleOptions, torchUnpickler } from './unpickle-torch.ts';

/** The folder inside the archive, with its slash; PyTorch names it after the file. */
function findFolder(source: ByteSource, archive: ZipArchive): string {
  const names = [...archive.entries.keys()];
  const pickles = names.filter((name) => /^[^/]*\/data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined) {
    const isNpz = names.some((name) => name.endsWith('.npy'));
    throw new UnknownFormatError(`a zip archive without data.pkl is no PyTorch checkpoint`, {
      file: source.name,
      remedy: isNpz
        ? 'it is a NumPy archive: read it as .npz'
        : 'check that this is the file with the weights',
    });
  }
  if (pickles.length > 1) throw new CorruptFileError(source.name, 'the archive has several data.pkl');
  const folder = pickle.slice(0, -'data.pkl'.length);
  if (archive.entries.has(`${folder}constants.pkl`)) {
    throw new UnsupportedContentError('the file is a TorchScript program, not a checkpoint', {
      file: source.name,
      remedy: 'in Python, save torch.jit.load(FILE).state_dict() with torch.save',
    });
  }
  return folder;
}

/** Whether the tensors were written by a big-endian machine. */
function isBigEndian(source: ByteSource, archive: ZipArchive, folder: string): boolean {
  const name = `${folder}byteorder`;
  if (!archive.entries.has(name)) return false;
  const order = Buffer.from(archive.read(name)).toString('latin1');
  if (order !== 'little' && order !== 'big')
    throw new CorruptFileError(source.name, 'its byte order has an odd name');
  return order === 'big';
}

/**
 * Reads a file of `torch.save` since PyTorch 1.6: a zip archive of a pickle and raw storages. Tensors stay in the file.
 * Layout after PyTorch's `torch/serialization.py`.
 */
export function readTorchZip(source: ByteSource, options: PickleOptions): PyValue {
  const { name } = source;
  const archive = new ZipArchive(source);
  const folder = findFolder(source, archive);
  const bigEndian = isBigEndian(source, archive, folder);
  const storages = new Map<string, TensorStorage>();
  const findStorage = (id: StorageId): TensorStorage => {
    const known = storages.get(id.key);
    if (known !== undefined && known.typeName === id.typeName && known.elements === id.elements) return known;
    const entryName = `${folder}data/${id.key}`;
    const entry = archive.entries.get(entryName);
    if (entry === undefined) throw new CorruptFileError(name, `the tensor data ${id.key} is missing`);
    if (entry.bytes !== id.elements * id.elementBytes) {
      throw new CorruptFileError(
        name,
        `the tensor data ${id.key} has ${entry.bytes} bytes, not what its type asks for`,
      );
    }
    const read = (offset: number, length: number) => archive.readRange(entryName, offset, length);
    const storage = new TensorStorage(id, id.elements, read, bigEndian);
    storages.set(id.key, storage);
    return storage;
  };
  const pickle = bufferSource(archive.read(`${folder}data.pkl`), name);
  return torchUnpickler(name, findStorage, options)(new ByteReader(pickle));
}
