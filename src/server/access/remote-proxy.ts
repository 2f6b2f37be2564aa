import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns';
import {
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as requestHttps } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { ForbiddenAddressError, UnsupportedFileError } from '../errors.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';
import { isPrivateAddress } from './private-address.ts';
import { imageFormat } from './upload-format.ts';

const MOST_REDIRECTS = 3;
/** Milliseconds without a byte after which a fetch is given up. */
const PATIENCE = 20_000;

const privateRefusal = (host: string) =>
  new ForbiddenAddressError(`${host} leads into a private network`, { remedy: 'name a public address' });

/** Resolves names, and refuses those that lead to private addresses; what was checked is what is connected to. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0);
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(privateRefusal(hostname) as NodeJS.ErrnoException, '', 0);
    }
    return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family);
  });
};

/**
 * Fetches allowed remote rasters for the processes that decode them: those only ever see an address of this machine.
 *
 * Redirects are followed here, each checked as the first address was (allowed, and public unless the owner named the host);
 * an answer that starts a file must start as a self-contained image does, so that no remote file can make the decoder open
 * others (VRT and its kin).
 */
export class RemoteProxy {
  private readonly allowed: AllowedAddresses;
  private readonly secret = randomBytes(16).toString('hex');
  private readonly addresses = new Map<string, URL>();
  private server: Server | null = null;

  constructor(allowed: AllowedAddresses) {
    this.allowed = allowed;
  }

  /** The address, on this machine, under which a remote file can be read. @throws ForbiddenAddressError */
  async localAddress(id: string, address: URL): Promise<string> {
    this.allowed.check(address);
    this.addresses.set(id, address);
    const server = await this.listen();
    const { port } = server.address() as AddressInfo;
    const name =
      address.pathname
        .split('/')
        .at(-1)
        ?.replace(/[^A-Za-z0-9._-]/g, '_') || 'raster.tif';
    return `http://127.0.0.1:${port}/${this.secret}/${id}/${name}`;
  }

  private listen(): Promise<Server> {
    if (this.server !== null) return Promise.resolve(this.server);
    const server = createServer((request, response) => void this.answer(request, response));
    this.server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, secret, id = ''] = (request.url ?? '').split('/');
    const address = secret === this.secret ? this.addresses.get(id) : undefined;
    if (address === undefined || !['GET', 'HEAD'].includes(request.method ?? '')) {
      response.writeHead(404).end();
      return;
    }
    try {
      const { range } = request.headers;
      const found = await this.fetch(address, request.method!, range);
      const { statusCode = 502, headers } = found;
      const passed = ['content-length', 'content-range', 'accept-ranges', 'last-modified', 'etag'] as const;
      const kept = Object.fromEntries(
        passed.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
      );
      const start = /bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? '0';
      if (request.method === 'HEAD' || statusCode >= 300 || start !== '0') {
        response.writeHead(statusCode, kept);
        found.pipe(response);
        return;
      }
      await passChecked(found, response, statusCode, kept);
    } catch {
      if (!response.headersSent) response.writeHead(403);
      response.end();
    }
  }

  /** Follows redirects under the rules. @throws ForbiddenAddressError */
  async fetch(start: URL, method: string, range: string | undefined): Promise<IncomingMessage> {
    let address = start;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      this.allowed.check(address);
      // Only the very address that was asked for may be a private host, where the owner of the server named it.
      const trusted = hop === 0 && this.allowed.namesHost(address);
      const found = await fetchOnce(address, method, range, trusted);
      const { statusCode = 0, headers } = found;
      if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return found;
      found.destroy();
      address = new URL(headers.location, address);
    }
    throw new ForbiddenAddressError('the address redirects too often', { remedy: 'name the final address' });
  }

  async close(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function fetchOnce(
  address: URL,
  method: string,
  range: string | undefined,
  trusted: boolean,
): Promise<IncomingMessage> {
  const host = address.hostname.replace(/^\[|\]$/g, '');
  // Addresses written as numbers are never looked up.
  const literal = /^[\d.]+$/.test(host) || host.includes(':');
  if (!trusted && literal && isPrivateAddress(host)) return Promise.reject(privateRefusal(host));
  const send = address.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      address,
      {
        method,
        timeout: PATIENCE,
        headers: { 'user-agent': 'arpent', ...(range === undefined ? {} : { range }) },
        ...(trusted ? {} : { lookup: publicLookup }),
      },
      resolve,
    );
    request.once('timeout', () => request.destroy(new Error('the remote server does not answer')));
    request.once('error', reject);
    request.end();
  });
}

/** Passes an answer on once its first bytes are those of a self-contained image. @throws UnsupportedFileError */
async function passChecked(
  found: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Record<string, unknown>,
): Promise<void> {
  let head = Buffer.alloc(0);
  let begun = false;
  for await (const chunk of found as AsyncIterable<Buffer>) {
    if (begun) {
      response.write(chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < 16) continue;
    if (imageFormat(head) === null) {
      found.destroy();
      throw new UnsupportedFileError('the address holds no GeoTIFF, PNG, JPEG, JPEG 2000 or WebP', {
        remedy: 'name an image',
      });
    }
    response.writeHead(status, headers as Record<string, string>);
    response.write(head);
    begun = true;
  }
  if (!begun) throw new UnsupportedFileError('the address holds no image', { remedy: 'name an image' });
  response.end();
}
