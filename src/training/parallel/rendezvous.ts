import { type Address, type Circle, type Door, listen, reach, takeCalls } from './connect.ts';
import { ProtocolError, RendezvousError } from './errors.ts';
import type { Link } from './link.ts';
import type { ProcessGroup } from './process-group.ts';
import { Ring } from './ring.ts';

/** Bounds of what is said while the processes find together, in bytes. */
const HELLO = 4096;
const TABLE = 1 << 20;

/** One process on its way into a group. */
export interface Member extends Circle {
  readonly rank: number;
  readonly size: number;
  /** Where rank 0 is found; rank 0 brings the door that it listens at. */
  readonly master: Address;
  readonly door?: Door | undefined;
  /** Whether other machines take part. */
  readonly open: boolean;
  /** What all train: a fingerprint, so that different configurations are found out. */
  readonly job: string;
}

/** What a rank says of itself to rank 0. */
interface Hello {
  readonly rank: number;
  readonly size: number;
  readonly job: string;
  /** Where it listens for the rank before it. */
  readonly port: number;
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value));
const nameOf = (rank: number) => `training process ${rank}`;

function decode(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // What is no JSON is no message of ours.
  }
  throw new ProtocolError('another process sent something unreadable');
}

function readHello(bytes: Uint8Array): Hello {
  const { rank, size, job, port } = decode(bytes);
  if (typeof rank === 'number' && typeof size === 'number' && typeof port === 'number') {
    return { rank, size, job: String(job), port };
  }
  throw new ProtocolError('another process did not say who it is');
}

function refusal({ size, job }: Member, hello: Hello, present: ReadonlySet<number>): string | null {
  if (hello.size !== size) return `one process counts ${hello.size} processes, rank 0 counts ${size}`;
  if (!Number.isInteger(hello.rank) || hello.rank < 1 || hello.rank >= size)
    return `there is no rank ${hello.rank} among ${size} processes`;
  if (present.has(hello.rank)) return `two processes say that they are rank ${hello.rank}`;
  if (hello.job !== job) return `${nameOf(hello.rank)} has another configuration than rank 0`;
  return null;
}

function refused(problem: string): RendezvousError {
  return new RendezvousError(problem, {
    remedy: 'start the same command with the same files on every machine, each with a NODE_RANK of its own',
  });
}

/** Rank 0: waits for everybody and tells each where all are. */
async function receiveAll(member: Member, door: Door, ownPort: number): Promise<Address[]> {
  const { size, master } = member;
  const links = new Map<number, Link>();
  const table: Address[] = [{ host: master.host, port: ownPort }];
  const absent = () => {
    const ranks = Array.from({ length: size - 1 }, (_, i) => i + 1).filter((rank) => !links.has(rank));
    return `training process${ranks.length > 1 ? 'es' : ''} ${ranks.join(', ')} of ${size}`;
  };
  try {
    await takeCalls(door, size - 1, member, absent, async ({ link, host }) => {
      const hello = readHello(await link.receive(HELLO));
      const problem = refusal(member, hello, new Set(links.keys()));
      if (problem !== null) {
        await link.send(encode({ refused: problem }));
        throw refused(problem);
      }
      links.set(hello.rank, link);
      table[hello.rank] = { host, port: hello.port };
      return true;
    });
    await Promise.all(Array.from(links.values(), (link) => link.send(encode({ table }))));
    // Whoever has the table hangs up.
    await Promise.allSettled(Array.from(links.values(), (link) => link.receive(0)));
    return table;
  } finally {
    for (const link of links.values()) link.close();
  }
}

/** Every other rank: tells rank 0 where it is and learns where all are. */
async function reportTo(member: Member, port: number): Promise<Address[]> {
  const { rank, size, job, master } = member;
  const link = await reach(master, 'rank 0', member);
  try {
    await link.send(encode({ rank, size, job, port } satisfies Hello));
    const { table, refused: problem } = decode(await link.receive(TABLE));
    if (typeof problem === 'string') throw refused(problem);
    if (!Array.isArray(table) || table.length !== size) throw new ProtocolError('rank 0 sent no table');
    return table as Address[];
  } finally {
    link.close();
  }
}

/**
 * Brings the processes of a training together: all report to rank 0, which tells each where the others listen; then each
 * calls the next, and the ring is closed. Whoever calls must know the token.
 * @throws RendezvousError when somebody does not come in time, or does not fit
 */
export async function joinGroup(member: Member): Promise<ProcessGroup> {
  const { rank, size, open } = member;
  const own = await listen(0, open);
  // Whoever is refused must not wait on for the rank before it.
  const over = new AbortController();
  const signal = member.signal ? AbortSignal.any([member.signal, over.signal]) : over.signal;
  let before: Link | null = null;
  const hangUp = () => before?.close();
  try {
    // The rank before may be quicker than we learn where the next is.
    const previous = (rank + size - 1) % size;
    const called = takeCalls(
      own,
      1,
      { ...member, signal },
      () => nameOf(previous),
      async ({ link }) => {
        if (decode(await link.receive(HELLO)).rank !== previous) return false;
        link.peer = nameOf(previous);
        before = link;
        return true;
      },
    );
    called.catch(() => {});
    const table = member.door
      ? await receiveAll(member, member.door, own.port)
      : await reportTo(member, own.port);
    const following = (rank + 1) % size;
    const next = await reach(table[following]!, nameOf(following), member);
    await next.send(encode({ rank }));
    await called;
    return new Ring(rank, size, next, before!);
  } catch (error) {
    hangUp();
    throw error;
  } finally {
    over.abort();
    own.close();
    member.door?.close();
  }
}
