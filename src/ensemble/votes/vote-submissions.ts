import type { Pixels } from '../../raster/index.ts';
import { SubmissionError } from '../errors.ts';
import { decodeRunLengths, encodeRunLengths, type PixelOrder } from '../submission/run-lengths.ts';
import type { Submission } from '../submission/submission-file.ts';
import { checkVote, countVotes, type VotingGroup, votingFiles } from './binary-vote.ts';

/** How submissions vote. */
export interface SubmissionVoteOptions {
  /** Size of an image, one for all or by name. */
  readonly size: { width: Pixels; height: Pixels } | ((id: string) => { width: Pixels; height: Pixels });
  readonly order?: PixelOrder;
  /** Images in the order to write; default the first file's. */
  readonly ids?: readonly string[];
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Lets submissions vote, image by image and paired by the images' names.
 * @param submissions every file of the group, by the name the group has for it.
 * @throws {VoteError | SubmissionError | RunLengthError} naming the file, and the line where runs are at fault.
 */
export function* voteSubmissions(
  group: VotingGroup,
  submissions: ReadonlyMap<string, Submission>,
  { size, order = 'row', ids, onProgress }: SubmissionVoteOptions,
): Generator<{ id: string; runs: string }> {
  checkVote(group);
  const files = votingFiles(group);
  const first = submissions.get(files[0]!);
  const wanted = ids ?? first?.rows.map(({ id }) => id) ?? [];
  for (const name of files) {
    const extra = submissions.get(name)?.rows.find(({ id }) => ids === undefined && !first?.byId.has(id));
    if (extra === undefined) continue;
    throw new SubmissionError(`the image ${extra.id} is not in ${first?.file}`, {
      ...{ file: name, line: extra.line },
      remedy: 'let submissions vote that list the same images, or say which images are wanted (--sample)',
    });
  }
  for (const [place, id] of wanted.entries()) {
    const shape = { ...(typeof size === 'function' ? size(id) : size), order };
    const maskOf = (name: string) => {
      const submission = submissions.get(name);
      const row = submission?.byId.get(id);
      if (submission === undefined || row === undefined) {
        throw new SubmissionError(`the image ${id} is missing`, {
          file: submission?.file ?? name,
          remedy: 'let submissions vote that list the same images',
        });
      }
      return decodeRunLengths(row.runs, shape, { file: submission.file, line: row.line });
    };
    yield { id, runs: encodeRunLengths(countVotes(group, maskOf), shape) };
    onProgress?.(place + 1, wanted.length);
  }
}
