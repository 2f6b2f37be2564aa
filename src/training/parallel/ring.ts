import type { Link } from './link.ts';
import type { ProcessGroup, Summable } from './process-group.ts';

/** Largest message of {@link ProcessGroup.gather}, in bytes. */
const LARGEST_MESSAGE = 16 * 2 ** 20;

/** Largest piece of a broadcast, in bytes: a rank passes on one while it receives the next. */
const PIECE = 4 * 2 ** 20;

const bytesOf = (values: Summable) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function add(into: Summable, from: Summable): void {
  for (let i = 0; i < into.length; i++) into[i]! += from[i]!;
}

/**
 * Ranks in a ring: each sends to the next and receives from the one before.
 *
 * A sum goes round in `size` parts. On the first round each rank adds its own numbers to the part that passes, on the second the
 * finished parts are handed on: every rank sends and receives 2 (size − 1) / size of the data, however many ranks
 * there are, and since each part is finished by one rank alone, all end with the same bits.
 *
 * Source: P. Patarasuk and X. Yuan, "Bandwidth optimal all-reduce algorithms for clusters of workstations", 2009.
 */
export class Ring implements ProcessGroup {
  readonly rank: number;
  readonly size: number;
  private readonly next: Link;
  private readonly before: Link;
  private scratch = new ArrayBuffer(0);

  constructor(rank: number, size: number, next: Link, before: Link) {
    this.rank = rank;
    this.size = size;
    this.next = next;
    this.before = before;
  }

  async sum(values: Summable): Promise<void> {
    const { rank, size } = this;
    const part = (index: number) => {
      const which = (index + 2 * size) % size;
      const at = (i: number) => Math.floor((i * values.length) / size);
      return values.subarray(at(which), at(which + 1)) as Summable;
    };
    for (let step = 0; step < size - 1; step++) {
      const mine = part(rank - step - 1);
      const arriving = this.scratchLike(mine);
      await Promise.all([
        this.next.send(bytesOf(part(rank - step))),
        this.before.receiveInto(bytesOf(arriving)),
      ]);
      add(mine, arriving);
    }
    for (let step = 0; step < size - 1; step++) {
      await Promise.all([
        this.next.send(bytesOf(part(rank + 1 - step))),
        this.before.receiveInto(bytesOf(part(rank - step))),
      ]);
    }
  }

  async gather(bytes: Uint8Array): Promise<Uint8Array[]> {
    const { rank, size } = this;
    const all = new Array<Uint8Array>(size);
    all[rank] = bytes;
    for (let step = 0; step < size - 1; step++) {
      const passing = all[(rank - step + size) % size]!;
      const [, arrived] = await Promise.all([this.next.send(passing), this.before.receive(LARGEST_MESSAGE)]);
      all[(rank - step - 1 + size) % size] = arrived;
    }
    return all;
  }

  async broadcast(bytes: Uint8Array): Promise<void> {
    const { rank, size } = this;
    let passing: Promise<void> = Promise.resolve();
    for (let start = 0; start < bytes.byteLength; start += PIECE) {
      const piece = bytes.subarray(start, start + PIECE);
      if (rank > 0) await this.before.receiveInto(piece);
      await passing;
      if (rank < size - 1) {
        passing = this.next.send(piece);
        // It is awaited after the next piece has come, which may fail first.
        passing.catch(() => {});
      }
    }
    await passing;
  }

  close(): void {
    this.next.close();
    this.before.close();
  }

  private scratchLike(values: Summable): Summable {
    if (this.scratch.byteLength < values.byteLength) this.scratch = new ArrayBuffer(values.byteLength);
    return values instanceof Float32Array
      ? new Float32Array(this.scratch, 0, values.length)
      : new Float64Array(this.scratch, 0, values.length);
  }
}
