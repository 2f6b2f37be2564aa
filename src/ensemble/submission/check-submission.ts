import { ArpentError } from '../../core/index.ts';
import type { Pixels } from '../../raster/index.ts';
import { type PixelOrder, parseRuns } from './run-lengths.ts';
import type { Submission } from './submission-file.ts';

/** What a submission is held against. */
export interface SubmissionExpectation {
  /** Every image in the order the contest wants; `null` takes the submission's own. */
  readonly ids: readonly string[] | null;
  /** Size of an image, one for all or by name. */
  readonly size: Size | ((id: string) => Size);
  /** Default `row`. */
  readonly order?: PixelOrder;
}

interface Size {
  readonly width: Pixels;
  readonly height: Pixels;
}

/** Something wrong with a submission; `line` is null where a line is missing. */
export interface SubmissionFault {
  readonly line: number | null;
  readonly id: string;
  readonly problem: string;
}

/** What a check found. */
export interface SubmissionReport {
  readonly images: number;
  readonly empty: number;
  readonly faults: readonly SubmissionFault[];
}

/** Holds a submission against what the contest wants: images, their order, and every run. Reports, never throws. */
export function checkSubmission(
  { rows, byId }: Submission,
  { ids, size, order = 'row' }: SubmissionExpectation,
): SubmissionReport {
  const faults: SubmissionFault[] = [];
  let empty = 0;
  if (ids !== null) {
    const wanted = new Map(ids.map((id, place) => [id, place]));
    for (const id of ids) if (!byId.has(id)) faults.push({ line: null, id, problem: 'is missing' });
    let last = -1;
    for (const { id, line } of rows) {
      const place = wanted.get(id);
      if (place === undefined) faults.push({ line, id, problem: 'is not an image of the contest' });
      else if (place < last) {
        faults.push({ line, id, problem: `stands after ${ids[last]}, which the contest lists later` });
      } else last = place;
    }
  }
  for (const { id, line, runs } of rows) {
    try {
      const shape = { ...(typeof size === 'function' ? size(id) : size), order };
      if (parseRuns(runs, shape).length === 0) empty++;
    } catch (error) {
      if (!(error instanceof ArpentError)) throw error;
      faults.push({ line, id, problem: error.problem });
    }
  }
  faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { images: rows.length, empty, faults };
}

/** A fault as a line of text, `line 7, TEST_00005: …`. */
export function faultText({ line, id, problem }: SubmissionFault): string {
  return `${line === null ? '' : `line ${line}, `}${id}: ${problem}`;
}
