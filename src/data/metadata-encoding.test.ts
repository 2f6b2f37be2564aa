import { describe, expect, it } from 'vitest';
import { MetadataError } from './errors.ts';
import { type AcquisitionMetadata, encodeMetadata, METADATA_LENGTH } from './metadata-encoding.ts';

const entry: AcquisitionMetadata = {
  patch_centroid_x: 1044500,
  patch_centroid_y: 6279100,
  patch_centroid_z: 537.5,
  date: '2019-07-14',
  time: '10h30',
  camera: 'UCE-M3-f120-s06',
};
const encode = (change: Partial<AcquisitionMetadata>, way: 'ign' | 'fixed' = 'ign') =>
  encodeMetadata({ ...entry, ...change }, way, { file: 'm.json', key: 'IMG_1' });

describe('encodeMetadata', () => {
  it('gives the numbers of the reference', () => {
    const vector = encode({});
    expect(vector).toHaveLength(METADATA_LENGTH);
    const golden: [number, number[]][] = [
      [0, [0.01044481, 0.99994545, 0.0010445, 0.99999945]],
      [16, [0.06274975, 0.99802929, 0.00627906, 0.99998029]],
      [32, [0.16983106, 1, 0, 0, 1, 0, 0]],
      [39, [0.25, 0.9330127, 0.64968156, 0.02293037, 0.69134172, 0.03806023]],
    ];
    for (const [start, numbers] of golden) {
      for (const [i, value] of numbers.entries()) expect(vector[start + i]).toBeCloseTo(value, 7);
    }
  });

  it('repeats the constant month of the reference, or lets it turn', () => {
    expect(encode({ date: '2019-01-14' }).slice(39, 41)).toEqual(
      encode({})
        .slice(39, 41)
        .map((v) => expect.closeTo(v, 9)),
    );
    const [sine, cosine] = encode({ date: '2019-01-14' }, 'fixed').slice(39, 41);
    expect(sine).toBeCloseTo(0.5, 9);
    expect(cosine).toBeCloseTo(1, 9);
  });

  it('refuses later years as the reference does, or takes the nearest', () => {
    expect(() => encode({ date: '2023-07-14' })).toThrow(
      "IGN's encoder knows the years 2018 to 2021, not 2023",
    );
    expect(encode({ date: '2023-07-14' }, 'fixed').slice(35, 39)).toEqual([0, 0, 0, 1]);
  });

  it('names the patch and the value that cannot be read', () => {
    expect(() => encode({ time: '10:30' })).toThrow(MetadataError);
    expect(() => encode({ time: '10:30' })).toThrow('m.json, key IMG_1: the time "10:30" cannot be read');
  });
});
