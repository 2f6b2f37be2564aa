import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { RendezvousError } from './errors.ts';
import { answer, greet } from './handshake.ts';
import { Link } from './link.ts';

/** Between two tries to reach a process that does not listen yet, in ms. */
const RETRY = 250;

/** A stranger that does not complete the handshake is left after this, in ms. */
const HANDSHAKE = 20_000;

/** How the processes of one training know each other. */
export interface Circle {
  readonly token: string;
  /** Milliseconds to wait for another process at most. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Where a process can be reached. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port that is listened on; calls wait until somebody takes them. */
export class Door {
  readonly port: number;
  private readonly server: Server;
  private readonly waiting: Socket[] = [];
  private taker: ((socket: Socket) => void) | null = null;

  constructor(server: Server) {
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.server = server;
    server.on('connection', (socket) => {
      if (this.taker) this.taker(socket);
      else this.waiting.push(socket);
    });
  }

  /** Hands out the calls from now on, those that wait first; null lets them wait. */
  take(taker: ((socket: Socket) => void) | null): void {
    this.taker = taker;
    if (taker) for (const socket of this.waiting.splice(0)) taker(socket);
  }

  /** Listens no longer; calls that nobody took are ended. */
  close(): void {
    this.server.close();
    for (const socket of this.waiting.splice(0)) socket.destroy();
  }
}

/** Listens. @param open to other machines; else to this one alone @throws RendezvousError */
export function listen(port: number, open: boolean): Promise<Door> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) => {
      const problem = `port ${port} cannot be listened on: ${cause.message}`;
      reject(
        new RendezvousError(problem, { key: 'MASTER_PORT', remedy: 'choose another MASTER_PORT', cause }),
      );
    });
    server.listen(port, open ? undefined : '127.0.0.1', () => resolve(new Door(server)));
  });
}

function tryToReach({ host, port }: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

function missing(what: string, timeout: number, cause?: unknown): RendezvousError {
  return new RendezvousError(`${what} within ${timeout / 1000} s`, {
    remedy:
      'start the same command on every machine; check MASTER_ADDR, MASTER_PORT and firewalls between them',
    cause,
  });
}

/** Reaches a process that may not listen yet, and exchanges proofs of the token. @throws RendezvousError */
export async function reach(
  address: Address,
  peer: string,
  { token, timeout, signal }: Circle,
): Promise<Link> {
  const end = performance.now() + timeout;
  for (;;) {
    let link: Link | null = null;
    try {
      link = new Link(await tryToReach(address), peer, timeout);
      await greet(link, token);
      return link;
    } catch (error) {
      link?.close();
      if (error instanceof RendezvousError) throw error;
      if (performance.now() > end) {
        throw missing(`${peer} at ${address.host}:${address.port} could not be reached`, timeout, error);
      }
      await wait(RETRY, undefined, { signal });
    }
  }
}

/** A process that has called, and where from. */
export interface Caller {
  readonly link: Link;
  readonly host: string;
}

/**
 * Takes calls until enough have been welcome; strangers are left.
 * @param welcome says whether a caller with the token is one of those waited for; it may throw
 * @param expected in words, for the message when they do not come
 * @throws RendezvousError
 */
export function takeCalls(
  door: Door,
  count: number,
  { token, timeout, signal }: Circle,
  expected: () => string,
  welcome: (caller: Caller) => Promise<boolean>,
): Promise<void> {
  if (count === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    let came = 0;
    const end = (error?: unknown) => {
      clearTimeout(timer);
      door.take(null);
      signal?.removeEventListener('abort', aborted);
      if (error) reject(error);
      else resolve();
    };
    const aborted = () => end(signal?.reason);
    const take = async (socket: Socket) => {
      const link = new Link(socket, `the process at ${socket.remoteAddress}`, timeout);
      const slow = setTimeout(() => link.close(), HANDSHAKE);
      try {
        await answer(link, token);
      } catch {
        link.close();
        return;
      } finally {
        clearTimeout(slow);
      }
      try {
        if (!(await welcome({ link, host: socket.remoteAddress ?? '' }))) link.close();
        else if (++came === count) end();
      } catch (error) {
        link.close();
        end(error);
      }
    };
    const timer = setTimeout(() => end(missing(`${expected()} did not come`, timeout)), timeout);
    signal?.addEventListener('abort', aborted);
    if (signal?.aborted) aborted();
    else door.take(take);
  });
}
