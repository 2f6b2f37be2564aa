import { ForbiddenAddressError } from '../errors.ts';

function forbidden(problem: string): ForbiddenAddressError {
  return new ForbiddenAddressError(problem, {
    remedy: 'start `arpent serve` with --allow-address and the beginning of the address',
  });
}

/** The parsed address, where it is plain: http or https, without user, password or fragment. @throws ForbiddenAddressError */
export function plainAddress(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw forbidden('this is no address');
  }
  const plain = ['http:', 'https:'].includes(url.protocol) && url.username === '' && url.password === '';
  if (!plain) throw forbidden('only http:// and https:// addresses without a password are fetched');
  url.hash = '';
  return url;
}

/**
 * The addresses that may be fetched: each entry is the beginning of an address (`https://data.geopf.fr/`,
 * `https://host/folder/`), compared by scheme, host and port exactly and by whole path segments.
 */
export class AllowedAddresses {
  private readonly entries: readonly URL[];

  constructor(entries: readonly string[]) {
    this.entries = entries.map(plainAddress);
  }

  /** @throws ForbiddenAddressError unless an entry covers the address */
  check(address: URL): void {
    const covered = this.entries.some(({ origin, pathname }) => {
      const folder = pathname.endsWith('/') ? pathname : `${pathname}/`;
      return origin === address.origin && `${address.pathname}/`.startsWith(folder);
    });
    if (!covered) throw forbidden(`${address.origin} is not an allowed address`);
  }

  /** Whether the owner of the server named this very host, so that it may be a private one. */
  namesHost(address: URL): boolean {
    return this.entries.some(({ origin }) => origin === address.origin);
  }
}
