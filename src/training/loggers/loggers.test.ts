import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { describe, expect, it } from 'vitest';
import type { TrainingEvent } from '../events.ts';
import { CsvLogger } from './csv-logger.ts';
import { TensorBoardLogger } from './tensorboard-logger.ts';
import { crc32c, maskedCrc32c } from './tfrecord.ts';

const epoch = (index: number, log: Record<string, number>): TrainingEvent => ({
  ...{ kind: 'epoch', epoch: index, epochs: 3, globalStep: 10 * (index + 1) },
  ...{ log, seconds: 1.5, improved: true },
});

describe('CsvLogger', () => {
  it('writes a line an epoch and goes on in the same file', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'arpent-log-')), 'metrics.csv');
    new CsvLogger(path, false).handle(epoch(0, { val_loss: 0.5, 'val_iou_a, b': 0.25 }));
    new CsvLogger(path, true).handle(epoch(1, { val_loss: 0.4, 'val_iou_a, b': 0.5 }));
    expect(readFileSync(path, 'utf8')).toBe(
      'epoch,seconds,val_loss,"val_iou_a, b"\n1,1.5,0.5,0.25\n2,1.5,0.4,0.5\n',
    );
  });
});

describe('CRC-32C', () => {
  it('has the published check value, and masks as TensorFlow does', () => {
    const digits = new TextEncoder().encode('123456789');
    expect(crc32c(digits)).toBe(0xe3069283);
    expect(maskedCrc32c(digits)).toBe((((0xe3069283 >>> 15) | (0xe3069283 << 17)) + 0xa282ead8) >>> 0);
  });
});

/** The records of a TFRecord file, their checksums verified. */
function records(bytes: Buffer): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc32c(data));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

describe('TensorBoardLogger', () => {
  it('writes the version, then scalars by step', () => {
    const folder = mkdtempSync(join(tmpdir(), 'arpent-tb-'));
    new TensorBoardLogger(folder).handle(epoch(2, { val_loss: 0.5, val_miou: Number.NaN }));
    const [name] = readdirSync(folder);
    expect(name).toMatch(/^events\.out\.tfevents\./);
    const [version, scalars] = records(readFileSync(join(folder, name!)));
    expect(Buffer.from(version!).toString('latin1')).toContain('brain.Event:2');
    const reader = new BinaryReader(scalars!);
    let step = 0n;
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === 2) step = BigInt(reader.int64());
      else reader.skip(wire);
    }
    expect(step).toBe(30n);
    const text = Buffer.from(scalars!).toString('latin1');
    expect(text).toContain('val_loss');
    // A value that is not a number would break the chart.
    expect(text).not.toContain('val_miou');
  });
});
