import type { FileSink } from '../../../src/core/atomic-file.ts';
import { ZipWriter } from '../../../src/weights/zip/writer.ts';

/** Writes pickles opcode by opcode, also such as no Python would write. */
export class RawPickle {
  readonly #parts: Buffer[] = [Buffer.from([0x80, 2])];

  op(...bytes: (number | string)[]): this {
    for (const part of bytes)
      this.#parts.push(typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from([part]));
    return this;
  }

  uint32(opcode: string, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.op(opcode, bytes.toString('latin1'));
  }

  uint64(opcode: number, value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return this.op(opcode, bytes.toString('latin1'));
  }

  text(value: string): this {
    return this.uint32('X', value.length).op(value);
  }

  int(value: number): this {
    return this.uint32('J', value >>> 0);
  }

  long(value: bigint): this {
    const bytes = Buffer.alloc(9);
    bytes.writeBigInt64LE(value);
    return this.op(0x8a, 9, bytes.toString('latin1'));
  }

  global(module: string, name: string): this {
    return this.op('c', `${module}\n${name}\n`);
  }

  /** `_rebuild_tensor_v2` of a float32 storage. */
  tensor(
    shape: readonly bigint[],
    strides: readonly bigint[],
    { key = '0', elements = 2n, offset = 0n } = {},
  ): this {
    this.global('torch._utils', '_rebuild_tensor_v2')
      .op('((')
      .text('storage')
      .global('torch', 'FloatStorage');
    this.text(key).text('cpu').long(elements).op('tQ').long(offset).op('(');
    for (const size of shape) this.long(size);
    this.op('t(');
    for (const stride of strides) this.long(stride);
    return this.op('t', 0x89).global('collections', 'OrderedDict').op(')RtR');
  }

  end(): Buffer {
    return Buffer.concat([...this.#parts, Buffer.from('.')]);
  }
}

/** A zip archive in memory. */
export function zipOf(entries: Readonly<Record<string, Uint8Array>>): Buffer {
  const parts: Buffer[] = [];
  let position = 0;
  const sink: FileSink = {
    get position() {
      return position;
    },
    write(bytes) {
      parts.push(Buffer.from(bytes));
      position += bytes.byteLength;
    },
  };
  const zip = new ZipWriter(sink);
  for (const [name, content] of Object.entries(entries)) zip.add(name, content);
  zip.finish();
  return Buffer.concat(parts);
}

/** A checkpoint around a pickle, with one storage of two float32. */
export function checkpointOf(pickle: Uint8Array, data: Uint8Array = new Uint8Array(8)): Buffer {
  return zipOf({ 'archive/data.pkl': pickle, 'archive/data/0': data, 'archive/version': Buffer.from('3\n') });
}
