import { InvalidArgumentError } from '../../core/index.ts';

/** Who wins where several classes have the most votes. */
export type TieRule =
  /** The class of lowest index, as a plain argmax of the counts decides. */
  | 'lowest-class'
  /** The class that the earliest listed member among those of the tied classes voted for. */
  | 'first-member';

/** What marks a pixel without a class. */
export const NO_VOTE = 255;

/** How votes are counted. */
export interface MajorityOptions {
  /** What each member's vote counts; default 1. */
  readonly weights?: readonly number[];
  /** Default `lowest-class`. */
  readonly ties?: TieRule;
  /** Votes (or weight) that a class needs; default any. */
  readonly least?: number;
  /** Count the votes for this class alone: with `least` 2 of 3 members, a pixel is in the class when two of them say so. */
  readonly only?: number;
  /** What a pixel is where no class has enough votes. Default {@link NO_VOTE}. */
  readonly otherwise?: number;
}

/**
 * The class with the most votes (or weight) for each pixel. Pixels of value 255 or beyond the classes cast no vote; a
 * pixel without votes (or without enough) stays {@link NO_VOTE} unless told otherwise, where the contest's winners wrote class 0.
 * @param members class indexes, one array a member, all of one length.
 */
export function majorityVote(
  members: readonly Uint8Array[],
  classes: number,
  options: MajorityOptions = {},
): Uint8Array {
  const { weights = members.map(() => 1), ties = 'lowest-class', least = 0, otherwise = NO_VOTE } = options;
  const [first, end] = options.only === undefined ? [0, classes] : [options.only, options.only + 1];
  const length = members[0]?.length ?? 0;
  if (members.length === 0 || members.some((member) => member.length !== length)) {
    throw new InvalidArgumentError(`votes of [${members.map((member) => member.length).join(', ')}] pixels`, {
      remedy: 'let masks of one size vote together',
    });
  }
  const winners = new Uint8Array(length).fill(NO_VOTE);
  const votes = new Float64Array(classes);
  for (let pixel = 0; pixel < length; pixel++) {
    votes.fill(0);
    for (let member = 0; member < members.length; member++) {
      const vote = members[member]![pixel]!;
      if (vote < classes) votes[vote]! += weights[member]!;
    }
    let [winner, most] = [NO_VOTE, 1e-12];
    for (let index = first; index < end; index++) {
      if (votes[index]! > most + 1e-12) [winner, most] = [index, votes[index]!];
    }
    if (winner === NO_VOTE || most < least - 1e-9) {
      winners[pixel] = otherwise;
      continue;
    }
    if (ties === 'first-member' && options.only === undefined) {
      for (const member of members) {
        const vote = member[pixel]!;
        if (vote < classes && votes[vote]! >= most - 1e-12) {
          winner = vote;
          break;
        }
      }
    }
    winners[pixel] = winner;
  }
  return winners;
}
