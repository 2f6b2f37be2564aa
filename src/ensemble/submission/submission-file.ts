import { readFile } from 'node:fs/promises';
import { writeOutput } from '../../evaluation/index.ts';
import { SubmissionError } from '../errors.ts';

/** One image of a submission. */
export interface SubmissionRow {
  /** Name of the image, without extension. */
  readonly id: string;
  /** Run-length text of its mask; read by `decodeRunLengths`. */
  readonly runs: string;
  /** 1-based line in the file. */
  readonly line: number;
}

/** A run-length submission as its file says it. */
export interface Submission {
  readonly file: string;
  readonly rows: readonly SubmissionRow[];
  readonly byId: ReadonlyMap<string, SubmissionRow>;
}

/** Names of the columns; by default those of DACON 236092. */
export interface SubmissionColumns {
  readonly id?: string;
  readonly runs?: string;
}

const unquoted = (field: string) => field.trim().replace(/^"(.*)"$/, '$1');

/**
 * Reads a submission: CSV with a header, the image's name and its runs in named columns, further columns ignored
 * (training lists have the same form).
 * @throws {SubmissionError} naming the line: columns missing, too few fields, an image without name or listed twice.
 */
export async function readSubmission(
  file: string,
  { id: idColumn = 'img_id', runs: runsColumn = 'mask_rle' }: SubmissionColumns = {},
): Promise<Submission> {
  const remedy = `write a header with the columns ${idColumn} and ${runsColumn}, then one image a line`;
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new SubmissionError('the submission cannot be read', { file, remedy: 'check the path', cause });
  }
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = header.split(',').map(unquoted);
  const [idPlace, runsPlace] = [names.indexOf(idColumn), names.indexOf(runsColumn)];
  if (idPlace < 0 || runsPlace < 0) {
    const absent = [idPlace < 0 ? idColumn : '', runsPlace < 0 ? runsColumn : '']
      .filter(Boolean)
      .join(' and ');
    throw new SubmissionError(`the header has no column ${absent}`, { file, line: 1, remedy });
  }
  const rows: SubmissionRow[] = [];
  const byId = new Map<string, SubmissionRow>();
  for (const [index, raw] of lines.entries()) {
    if (raw.trim() === '') continue;
    const line = index + 2;
    const fields = raw.split(',');
    if (fields.length !== names.length) {
      throw new SubmissionError(`${fields.length} fields under ${names.length} columns`, {
        file,
        line,
        remedy,
      });
    }
    const id = unquoted(fields[idPlace]!);
    if (id === '') throw new SubmissionError('this line names no image', { file, line, remedy });
    const earlier = byId.get(id);
    if (earlier !== undefined) {
      throw new SubmissionError(`the image ${id} stands on line ${earlier.line} already`, {
        ...{ file, line },
        remedy: 'list every image once',
      });
    }
    const row = { id, runs: unquoted(fields[runsPlace]!), line };
    rows.push(row);
    byId.set(id, row);
  }
  if (rows.length === 0) throw new SubmissionError('the submission lists no image', { file, remedy });
  return { file, rows, byId };
}

/**
 * Writes a submission in the order of the rows, without index column.
 * @throws {OutputExistsError} unless `overwrite`; {SubmissionError} where two images have one name.
 */
export async function writeSubmission(
  file: string,
  rows: readonly { readonly id: string; readonly runs: string }[],
  options: SubmissionColumns & { readonly overwrite?: boolean } = {},
): Promise<void> {
  const { id: idColumn = 'img_id', runs: runsColumn = 'mask_rle', overwrite = false } = options;
  const ids = new Set<string>();
  for (const { id } of rows) {
    if (ids.has(id)) {
      const remedy = 'give the images names of their own: a submission tells them apart by these';
      throw new SubmissionError(`two images are called ${id}`, { file, remedy });
    }
    ids.add(id);
  }
  const lines = rows.map(({ id, runs }) => `${id},${runs}`);
  await writeOutput(file, `${[`${idColumn},${runsColumn}`, ...lines].join('\n')}\n`, { overwrite });
}
