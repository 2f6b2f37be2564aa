/** Where a mistake was found: whichever parts are known. */
export interface ErrorPlace {
  /** File path or address. */
  readonly file?: string | undefined;
  /** 1-based line of a text file (CSV, YAML). */
  readonly line?: number | undefined;
  /** 1-based column of a text file. */
  readonly column?: number | undefined;
  /** Configuration key, dotted (`tasks.train`). */
  readonly key?: string | undefined;
  /** 1-based raster band. */
  readonly band?: number | undefined;
}

/** The two halves every error of ours has besides its message: where it is, and what to do about it. */
export interface ErrorDetails extends ErrorPlace {
  /** What the person should do, as an instruction. */
  readonly remedy: string;
  /** The error underneath, when there is one. */
  readonly cause?: unknown;
}

function describePlace({ file, line, column, key, band }: ErrorPlace): string {
  const parts: string[] = [];
  if (file !== undefined) parts.push([file, line, column].filter((part) => part !== undefined).join(':'));
  else if (line !== undefined) parts.push(`line ${line}`);
  if (key !== undefined) parts.push(`key ${key}`);
  if (band !== undefined) parts.push(`band ${band}`);
  return parts.join(', ');
}

/**
 * The base of every foreseeable error: what is wrong, where, and what to do.
 *
 * Rooms define one small subclass per kind of mistake, next to the code that throws it; the class name is the
 * error's name. Library code throws these; only the command line prints them and exits.
 */
export class ArpentError extends Error {
  /** Where the mistake is. */
  readonly place: ErrorPlace;
  /** What to do about it. */
  readonly remedy: string;
  /** What is wrong, without the place and the remedy. */
  readonly problem: string;

  constructor(problem: string, details: ErrorDetails) {
    const place = describePlace(details);
    super(`${place === '' ? '' : `${place}: `}${problem}\n  → ${details.remedy}`, { cause: details.cause });
    this.problem = problem;
    this.place = details;
    this.remedy = details.remedy;
    this.name = new.target.name;
  }
}

/** An argument of a public function that can never be right (negative sizes, empty lists, …). */
export class InvalidArgumentError extends ArpentError {}

/** An output is already there and nobody asked to replace it. */
export class OutputExistsError extends ArpentError {
  constructor(file: string) {
    super('the output already exists', {
      file,
      remedy: 'pass --overwrite (or overwrite: true) to replace it, or choose another name',
    });
  }
}
