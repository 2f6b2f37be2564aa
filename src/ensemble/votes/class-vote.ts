import { InvalidArgumentError } from '../../core/index.ts';

/** Who wins where several classes have the most votes. */
export type TieRule =
  /** The class of lowest index, as a plain argmax of the counts decides. */
  | 'lowest-class'
  /** The class that the earliest listed member among those of the tied classes voted for. */
  | 'first-member';

/** What marks a pixel without a class. */
export const NO_VOTE = 255;

/**
 * The class with the most votes (or weight) for each pixel. Pixels of value 255 or beyond the classes cast no vote; a
 * pixel without votes stays {@link NO_VOTE}, where the contest's winners wrote class 0.
 * @param members class indexes, one array a member, all of one length.
 */
export function majorityVote(
  members: readonly Uint8Array[],
  classes: number,
  options: { readonly weights?: readonly number[]; readonly ties?: TieRule } = {},
): Uint8Array {
  const { weights = members.map(() => 1), ties = 'lowest-class' } = options;
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
    for (let index = 0; index < classes; index++) {
      if (votes[index]! > most + 1e-12) [winner, most] = [index, votes[index]!];
    }
    if (ties === 'first-member' && winner !== NO_VOTE) {
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
