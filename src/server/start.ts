import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { ServeError } from './errors.ts';
import { studioApp } from './http/app.ts';
import type { ServeOptions } from './options.ts';
import { Studio } from './studio.ts';

/** A studio that listens. */
export interface RunningStudio {
  /** Address to open, with the token where one is needed. */
  readonly url: string;
  readonly port: number;
  readonly token: string | null;
  readonly studio: Studio;
  /** Stops listening, lets jobs stop at their next window (they go on with the next server) and ends the workers. */
  close(): Promise<void>;
}

const isLocal = (host: string) => /^(localhost|127(\.\d+){3}|::1)$/i.test(host);

/**
 * Serves the studio.
 * @throws ServeError when the address is taken, a declared folder is missing or the state folder is in use
 */
export async function startStudio(options: ServeOptions): Promise<RunningStudio> {
  const { host = '127.0.0.1', port = 8080 } = options;
  const open = !isLocal(host);
  const token = options.token ?? (open ? randomBytes(24).toString('base64url') : null);
  const studio = await Studio.open(options);
  const app = studioApp(studio, { open, token });
  let server: Server;
  try {
    server = await new Promise<Server>((resolve, reject) => {
      const listening = serve({ fetch: app.fetch, hostname: host, port }, () => resolve(listening as Server));
      listening.once('error', reject);
    });
  } catch (cause) {
    await studio.close();
    throw new ServeError(`port ${port} on ${host} cannot be listened on`, {
      remedy: 'choose another with --port, or stop what uses it',
      cause,
    });
  }
  // A client that sends its headers byte by byte holds nothing for long.
  server.headersTimeout = 20_000;
  server.requestTimeout = 20 * 60_000;
  // Longer than clients and proxies keep idle connections, so that none sends a request into one that closes.
  server.keepAliveTimeout = 75_000;
  server.maxConnections = 512;
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? 'localhost' : host;
  return {
    url: `http://${name}:${bound}/${token === null ? '' : `?token=${token}`}`,
    port: bound,
    token,
    studio,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await studio.close();
      await closed;
    },
  };
}
