import { ArpentError } from '../core/index.ts';

/** A name that leads outside of the declared folders, or to no plain file. */
export class ForbiddenPathError extends ArpentError {}

/** An address that no allowed address covers, or that leads into a private network. */
export class ForbiddenAddressError extends ArpentError {}

/** Something that is asked for by its identifier and is not there. */
export class NotThereError extends ArpentError {
  constructor(what: string) {
    super(`there is no such ${what}`, { remedy: 'ask for the list, it may have changed' });
  }
}

/** A request that says something impossible. */
export class BadRequestError extends ArpentError {}

/** More than one request may ask for at once: bytes of an upload, pixels of a polygon. */
export class TooMuchError extends ArpentError {}

/** A file of a kind that is not accepted. */
export class UnsupportedFileError extends ArpentError {}

/** A request without the server's token. */
export class TokenMissingError extends ArpentError {
  constructor() {
    super('the token is missing or wrong', {
      remedy: 'open the address that `arpent serve` printed, or send "Authorization: Bearer TOKEN"',
    });
  }
}

/** A request whose Host or Origin header names another site: a page elsewhere tries to use this server. */
export class ForeignPageError extends ArpentError {}

/** One client asks for too much at a time. */
export class TooManyRequestsError extends ArpentError {
  constructor(problem: string) {
    super(problem, { remedy: 'wait a moment and ask again' });
  }
}

/** The queue is full: the server has more to do than it should promise. */
export class BusyError extends ArpentError {
  constructor(problem: string) {
    super(problem, { remedy: 'wait a moment and ask again' });
  }
}

/** The process that read a file or ran a network ended or was too slow; the server itself goes on. */
export class WorkerLostError extends ArpentError {}

/** A job cannot do this in the state it is in. */
export class JobStateError extends ArpentError {}

/** The disk that the server may use is used up. */
export class StorageFullError extends ArpentError {}

/** The server cannot start as asked. */
export class ServeError extends ArpentError {}
