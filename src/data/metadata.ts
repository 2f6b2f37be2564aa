import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { MetadataConfig } from '../config/index.ts';
import { MetadataError } from './errors.ts';
import { type AcquisitionMetadata, encodeMetadata, METADATA_LENGTH } from './metadata-encoding.ts';
import type { Patch } from './patch-list.ts';

/** Metadata vectors of patches. */
export type MetadataTable = (patches: readonly Patch[]) => Float32Array;

const stem = (path: string): string => basename(path).replace(/\.[^.]+$/, '');

/**
 * Reads FLAIR's metadata file: an object keyed by patch name (`IMG_061946`), and gives the encoded vectors
 * `[patches, 45]` of any patches.
 *
 * @throws MetadataError when the file cannot be read, a patch is not in it, or an entry cannot be encoded
 */
export async function readMetadata({ file, encoding }: MetadataConfig): Promise<MetadataTable> {
  let table: Record<string, AcquisitionMetadata>;
  try {
    table = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new MetadataError('the metadata file cannot be read', {
      file,
      remedy: 'give the JSON file that comes with FLAIR (an object keyed by patch name)',
      cause,
    });
  }
  return (patches) => {
    const vectors = new Float32Array(patches.length * METADATA_LENGTH);
    for (const [i, patch] of patches.entries()) {
      const name = stem(patch.image);
      const entry = Object.hasOwn(table, name) ? table[name] : undefined;
      if (entry === undefined) {
        throw new MetadataError(`there is no entry for the patch ${name}`, {
          file,
          remedy: 'add the patch to the metadata file, or train without metadata',
        });
      }
      vectors.set(encodeMetadata(entry, encoding, { file, key: name }), i * METADATA_LENGTH);
    }
    return vectors;
  };
}
