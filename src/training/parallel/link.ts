import type { Socket } from 'node:net';
import { ProtocolError, RankLostError } from './errors.ts';

/** A frame begins with the length of what follows, four bytes, little end first. */
const HEADER = 4;

/** How long a socket may be silent before the kernel asks whether the other side is still there, in ms. */
const KEEP_ALIVE = 30_000;

/** Messages over a TCP connection to another process: frames whose length is known, and bounded, before they are read. */
export class Link {
  private readonly socket: Socket;
  private readonly timeout: number;
  /** Who is at the other end, for messages. */
  peer: string;
  private rest: Buffer | null = null;
  private failure: Error | null = null;
  private wake: (() => void) | null = null;

  /** @param timeout milliseconds that {@link receive} waits for the other side at most */
  constructor(socket: Socket, peer: string, timeout: number) {
    this.socket = socket;
    this.peer = peer;
    this.timeout = timeout;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE);
    socket.on('readable', () => this.wake?.());
    socket.on('error', (error) => this.fail(this.lost('broke off', error)));
    socket.on('end', () => this.fail(this.lost('has ended')));
    socket.on('close', () => this.fail(this.lost('has ended')));
  }

  private lost(what: string, cause?: unknown): RankLostError {
    return new RankLostError(`${this.peer} ${what} while the others were training`, cause);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }

  /** Sends one frame; its bytes must stay as they are until the promise settles. @throws RankLostError */
  send(bytes: Uint8Array): Promise<void> {
    const header = Buffer.alloc(HEADER);
    header.writeUInt32LE(bytes.byteLength);
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) {
        reject(this.failure ?? this.lost('has ended'));
        return;
      }
      this.socket.cork();
      this.socket.write(header);
      this.socket.write(bytes, (error) => {
        if (error) reject(this.failure ?? this.lost('broke off', error));
        else resolve();
      });
      this.socket.uncork();
    });
  }

  /** The next frame, of any length up to a bound. @throws RankLostError, ProtocolError */
  async receive(limit: number): Promise<Uint8Array> {
    const length = await this.nextLength();
    if (length > limit) throw this.foreign(length);
    const bytes = new Uint8Array(length);
    await this.fill(bytes);
    return bytes;
  }

  /** The next frame, which must have exactly this length. @throws RankLostError, ProtocolError */
  async receiveInto(target: Uint8Array): Promise<void> {
    const length = await this.nextLength();
    if (length !== target.byteLength) throw this.foreign(length);
    await this.fill(target);
  }

  /** Ends the connection; the other side learns of it at once. */
  close(): void {
    this.failure ??= this.lost('was left');
    this.socket.destroy();
  }

  private async nextLength(): Promise<number> {
    const header = Buffer.alloc(HEADER);
    await this.fill(header);
    return header.readUInt32LE();
  }

  private foreign(length: number): ProtocolError {
    const error = new ProtocolError(`${this.peer} sent ${length} bytes where another length was due`);
    this.fail(error);
    this.socket.destroy();
    return error;
  }

  private async fill(target: Uint8Array): Promise<void> {
    for (let done = 0; done < target.byteLength; ) {
      const chunk: Buffer | null = this.rest ?? this.socket.read();
      if (chunk === null) {
        if (this.failure !== null) throw this.failure;
        await this.arrival();
        continue;
      }
      const taken = Math.min(chunk.byteLength, target.byteLength - done);
      target.set(taken === chunk.byteLength ? chunk : chunk.subarray(0, taken), done);
      this.rest = taken === chunk.byteLength ? null : chunk.subarray(taken);
      done += taken;
    }
  }

  /** Waits until there is something to read, or nothing will come any more. */
  private arrival(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.wake = null;
        reject(this.lost(`has sent nothing for ${this.timeout / 1000} s`));
      }, this.timeout);
      this.wake = () => {
        clearTimeout(timer);
        this.wake = null;
        resolve();
      };
    });
  }
}
