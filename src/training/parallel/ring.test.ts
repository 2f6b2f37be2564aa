import { connect } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Random } from '../../core/index.ts';
import { listen } from './connect.ts';
import type { ProcessGroup } from './process-group.ts';
import { joinGroup, type Member } from './rendezvous.ts';

const groups: ProcessGroup[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) group.close();
});

/** Ranks in one process, over real connections. */
async function meet(size: number, change: (rank: number) => Partial<Member> = () => ({})) {
  const door = await listen(0, false);
  const master = { host: '127.0.0.1', port: door.port };
  const members = Array.from({ length: size }, (_, rank) =>
    joinGroup({
      ...{ rank, size, master, open: false, job: 'job', token: 'secret', timeout: 5000 },
      ...(rank === 0 ? { door } : {}),
      ...change(rank),
    }).then((group) => {
      groups.push(group);
      return group;
    }),
  );
  for (const member of members) member.catch(() => {});
  return { master, members };
}

const together = async (size: number) => Promise.all((await meet(size)).members);

describe('a ring of processes', () => {
  it.each([
    [2, 1],
    [2, 1001],
    [3, 2],
    [3, 70_001],
    [5, 999],
  ])('%i ranks add up %i numbers, with the same bits everywhere', async (size, length) => {
    const ring = await together(size);
    const random = new Random(size, length);
    const own = ring.map(() => Float32Array.from({ length }, () => random.normal()));
    const sums = own.map((values) => values.slice());
    await Promise.all(ring.map((group, rank) => group.sum(sums[rank]!)));
    for (let i = 0; i < length; i++) {
      const exact = own.reduce((total, values) => total + values[i]!, 0);
      expect(Math.abs(sums[0]![i]! - exact)).toBeLessThan(1e-5);
    }
    for (const other of sums)
      expect(Buffer.from(other.buffer).equals(Buffer.from(sums[0]!.buffer))).toBe(true);
  });

  it('adds doubles, gathers bytes in the order of ranks and spreads those of rank 0', async () => {
    const ring = await together(4);
    const doubles = ring.map((_, rank) => Float64Array.of(2 ** 40 + rank, 0.5));
    await Promise.all(ring.map((group, rank) => group.sum(doubles[rank]!)));
    for (const found of doubles) expect([...found]).toEqual([4 * 2 ** 40 + 6, 2]);

    const gathered = await Promise.all(
      ring.map((group, rank) => group.gather(Buffer.from('x'.repeat(rank)))),
    );
    for (const all of gathered)
      expect(all.map(String).map((_, i) => all[i]!.byteLength)).toEqual([0, 1, 2, 3]);

    const large = 9 * 2 ** 20;
    const copies = ring.map((_, rank) => new Uint8Array(large).fill(rank + 7));
    await Promise.all(ring.map((group, rank) => group.broadcast(copies[rank]!)));
    for (const copy of copies) expect([copy[0], copy[large - 1]]).toEqual([7, 7]);
  });

  it('ends with a named error everywhere when one rank is gone', async () => {
    const ring = await together(3);
    const values = () => new Float32Array(100);
    const waiting = [0, 2].map((rank) =>
      ring[rank]!.sum(values()).catch((error) => {
        ring[rank]!.close();
        throw error;
      }),
    );
    ring[1]!.close();
    const ended = await Promise.allSettled(waiting);
    for (const result of ended) {
      expect(result.status).toBe('rejected');
      expect((result as PromiseRejectedResult).reason).toMatchObject({ name: 'RankLostError' });
    }
    await expect(ring[0]!.sum(values())).rejects.toThrow('go on with --resume');
  });

  it('waits no longer than the timeout', async () => {
    const { members } = await meet(2, () => ({ timeout: 300 }));
    const [first] = await Promise.all(members);
    await expect(first!.sum(new Float32Array(2))).rejects.toThrow('has sent nothing for 0.3 s');
  });

  it('takes no frame of another length than is due', async () => {
    const [first, second] = await together(2);
    const results = await Promise.allSettled([
      first!.sum(new Float32Array(4)),
      second!.sum(new Float32Array(6)),
    ]);
    for (const result of results) expect(result.status).toBe('rejected');
    expect((results[0] as PromiseRejectedResult).reason.name).toBe('ProtocolError');
  });
});

describe('the way into a group', () => {
  it('is closed to strangers, who do not disturb, and do not wait on once they were refused', async () => {
    const open = () => process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP/.test(kind)).length;
    const before = open();
    const { master, members } = await meet(2, (rank) =>
      rank === 1 ? { token: 'wrong' } : { timeout: 1500 },
    );
    const socket = connect(master.port, master.host);
    socket.on('error', () => {});
    socket.end('GET / HTTP/1.1\r\n\r\n');
    await expect(members[1]).rejects.toThrow("does not know this training's token");
    await expect(members[0]).rejects.toThrow('training process 1 of 2 did not come within 1.5 s');
    await vi.waitFor(() => expect(open()).toBeLessThanOrEqual(before), { timeout: 2000 });
  });

  it.each([
    ['another number of processes', { size: 3 }, 'one process counts 3 processes, rank 0 counts 2'],
    ['another configuration', { job: 'other' }, 'training process 1 has another configuration than rank 0'],
    ['a rank that is none', { rank: 7, size: 2 }, 'there is no rank 7 among 2 processes'],
  ])('is closed to %s', async (_title, change, message) => {
    const { members } = await meet(2, (rank) => (rank === 1 ? change : {}));
    const results = await Promise.allSettled(members);
    for (const result of results) {
      expect((result as PromiseRejectedResult).reason).toMatchObject({
        name: 'RendezvousError',
        problem: message,
      });
    }
  });

  it('can be given up', async () => {
    const stop = new AbortController();
    const { members } = await meet(3, () => ({ signal: stop.signal }));
    stop.abort(new Error('a process did not start'));
    for (const result of await Promise.allSettled(members)) expect(result.status).toBe('rejected');
  });
});
