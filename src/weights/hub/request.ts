import { setTimeout as pause } from 'node:timers/promises';
import { HubAnswerError, HubChecksumError, HubNotFoundError, HubUnreachableError } from './errors.ts';
import type { HubSettings } from './settings.ts';

const ATTEMPTS = 5;
const MOST_REDIRECTS = 5;
/** A request without an answer, or a download without a byte, for this long counts as failed. */
export const PATIENCE_MS = 60_000;

/** What is asked for, for messages. */
export interface RequestSubject {
  readonly model: string;
  readonly what: string;
}

/** Codes of failures that repeating cannot mend within seconds: no such host, nobody listening. */
const HOPELESS = ['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ERR_INVALID_URL'];

function failureCode(error: unknown): string {
  const cause = (error as { cause?: unknown }).cause;
  const { code, errors } = (cause ?? error) as { code?: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code ?? '';
}

/** Runs a step of a download, again after failures of the network or the server, with growing pauses. */
export async function withRetries<T>(
  settings: HubSettings,
  subject: RequestSubject,
  step: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof HubNotFoundError || error instanceof HubChecksumError) throw error;
      const last = attempt === ATTEMPTS || HOPELESS.includes(failureCode(error));
      if (last && error instanceof HubAnswerError) throw error;
      if (last) throw new HubUnreachableError(subject.model, settings.endpoint, error);
      await pause(settings.retryDelayMs * 2 ** (attempt - 1));
    }
  }
}

function headersFor(
  settings: HubSettings,
  address: string,
  extra: Record<string, string>,
): Record<string, string> {
  const headers = { 'accept-encoding': 'identity', 'user-agent': 'arpent', ...extra };
  const trusted = new URL(address).origin === new URL(settings.endpoint).origin;
  return trusted && settings.token !== undefined
    ? { ...headers, authorization: `Bearer ${settings.token}` }
    : headers;
}

/** Throws for answers that are no success. */
function checkStatus(settings: HubSettings, subject: RequestSubject, address: string, status: number): void {
  if (status === 401 || status === 403 || status === 404)
    throw new HubNotFoundError(subject.what, settings.endpoint);
  if (status >= 400 && status !== 416) throw new HubAnswerError(address, `status ${status}`);
}

/**
 * Asks for an address. The token goes to the hub only, never to the storage it redirects to.
 * @param follow `all`, or `renames`: a redirect that carries the checksum, or leads to another host, is returned itself.
 */
export async function request(
  settings: HubSettings,
  subject: RequestSubject,
  start: string,
  {
    method = 'GET',
    headers = {},
    follow = 'all',
    signal = AbortSignal.timeout(PATIENCE_MS),
  }: {
    method?: string;
    headers?: Record<string, string>;
    follow?: 'all' | 'renames';
    signal?: AbortSignal;
  } = {},
): Promise<Response> {
  let address = start;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetch(address, {
      method,
      redirect: 'manual',
      headers: headersFor(settings, address, headers),
      signal,
    });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) {
      checkStatus(settings, subject, address, response.status);
      return response;
    }
    const target = new URL(location, address);
    const leaves = response.headers.has('x-linked-etag') || target.origin !== new URL(address).origin;
    if (follow === 'renames' && leaves) return response;
    if (target.protocol !== 'https:' && new URL(address).protocol === 'https:') {
      throw new HubAnswerError(address, 'it redirects to an address without encryption');
    }
    await response.body?.cancel();
    address = target.href;
  }
  throw new HubAnswerError(start, 'it redirects without end');
}
