import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { TrainingEvent, TrainingListener } from '../events.ts';
import { tfRecord } from './tfrecord.ts';

/** Field numbers of TensorFlow's `Event`, `Summary` and `Summary.Value` messages. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;

const now = (): number => Date.now() / 1000;

function versionEvent(): Uint8Array {
  return new BinaryWriter()
    .tag(EVENT.wallTime, WireType.Bit64)
    .double(now())
    .tag(EVENT.fileVersion, WireType.LengthDelimited)
    .string('brain.Event:2')
    .finish();
}

function scalarsEvent(step: number, scalars: readonly (readonly [string, number])[]): Uint8Array {
  const writer = new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(now());
  writer.tag(EVENT.step, WireType.Varint).int64(step);
  writer.tag(EVENT.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of scalars) {
    writer.tag(SUMMARY.value, WireType.LengthDelimited).fork();
    writer.tag(VALUE.tag, WireType.LengthDelimited).string(tag);
    writer.tag(VALUE.simpleValue, WireType.Bit32).float(value);
    writer.join();
  }
  return writer.join().finish();
}

/** Writes the event file that TensorBoard reads: loss and speed by step, everything logged by epoch. */
export class TensorBoardLogger implements TrainingListener {
  private readonly path: string;

  /** @param folder created when missing; each run adds a file of its own */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, `events.out.tfevents.${Math.floor(now())}.${hostname()}.${process.pid}`);
    writeFileSync(this.path, tfRecord(versionEvent()));
  }

  handle(event: TrainingEvent): void {
    if (event.kind === 'step') {
      this.write(event.globalStep, [
        ['step/loss', event.loss],
        ['step/patches_per_second', event.patchesPerSecond],
        ['step/waiting', event.waiting],
      ]);
    } else if (event.kind === 'epoch') {
      const finite = Object.entries(event.log).filter(([, value]) => Number.isFinite(value));
      this.write(event.globalStep, [...finite, ['epoch', event.epoch]]);
    }
  }

  private write(step: number, scalars: readonly (readonly [string, number])[]): void {
    appendFileSync(this.path, tfRecord(scalarsEvent(step, scalars)));
  }
}
