import { createHash, timingSafeEqual } from 'node:crypto';
import { ForeignPageError, TokenMissingError, TooManyRequestsError } from '../errors.ts';

/** Nothing from elsewhere: scripts, styles, pictures and connections of this server alone. WebAssembly runs in the worker. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. The opener and embedder policies let the page's worker use several threads. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/** Headers of finished maps' tiles: maps on pages elsewhere may show them. They come with nothing but their own address. */
export const SHARED_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  'cross-origin-resource-policy': 'cross-origin',
  'access-control-allow-origin': '*',
};

const digest = (text: string) => createHash('sha256').update(text).digest();

function cookieToken(request: Request): string | undefined {
  return /(?:^|;\s*)arpent-token=([^;]+)/.exec(request.headers.get('cookie') ?? '')?.[1];
}

/** The tokens that a request brings: header, `?token=` (the first address has it, and QGIS’s tile addresses), cookie. */
function tokensOf(request: Request): string[] {
  const bearer = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  const asked = new URL(request.url).searchParams.get('token') ?? undefined;
  return [bearer, asked, cookieToken(request)].filter((token) => token !== undefined);
}

/**
 * One right token is enough: a browser may still hold the cookie of an earlier server.
 * @throws TokenMissingError unless the request brings the token; compared in constant time
 */
export function checkToken(request: Request, token: string | null): void {
  if (token === null) return;
  const right = digest(token);
  if (!tokensOf(request).some((given) => timingSafeEqual(digest(given), right)))
    throw new TokenMissingError();
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i;

/**
 * Pages of other sites cannot use a server that needs no token: a request must name this machine as its host (names that
 * were made to point here do not), and come from no other page, unless it asks for what is shared.
 * @throws ForeignPageError
 */
export function checkOrigin(request: Request, open: boolean, shared = false): void {
  const host = request.headers.get('host') ?? '';
  const origin = request.headers.get('origin');
  const site = request.headers.get('sec-fetch-site');
  const foreignHost = !open && !loopback.test(host);
  const foreignOrigin = !shared && origin !== null && origin.replace(/^https?:\/\//, '') !== host;
  // Reading tiles from elsewhere is what QGIS and other maps do; they send no such header, or ask without changing anything.
  const foreignSite = site === 'cross-site' && request.method !== 'GET';
  if (foreignHost || foreignOrigin || foreignSite) {
    throw new ForeignPageError('this request does not come from the studio’s own page', {
      remedy: 'open the address that `arpent serve` printed',
    });
  }
}

/** Counts the requests of each client, and refuses those beyond a steady rate with some room for bursts. */
export class RateLimit {
  private readonly perSecond: number;
  private readonly burst: number;
  private readonly clients = new Map<string, { tokens: number; at: number }>();

  constructor(perSecond: number, burst: number) {
    this.perSecond = perSecond;
    this.burst = burst;
  }

  /** @throws TooManyRequestsError */
  take(client: string, now = performance.now()): void {
    const known = this.clients.get(client) ?? { tokens: this.burst, at: now };
    const tokens = Math.min(this.burst, known.tokens + ((now - known.at) / 1000) * this.perSecond);
    this.clients.delete(client);
    this.clients.set(client, { tokens: Math.max(0, tokens - 1), at: now });
    if (this.clients.size > 4096) this.clients.delete(this.clients.keys().next().value!);
    if (tokens < 1) throw new TooManyRequestsError('this client asks faster than the server answers');
  }
}
