import type { ErrorPlace } from '../../core/index.ts';
import { VoteError } from '../errors.ts';
import { keyPlace, type PlaceOf } from '../rule-file.ts';
import { scoreWeights } from './score-weights.ts';

/** A mask by name, or a group that votes first and then speaks with one voice. */
export type Voter = VotingFile | VotingGroup;

/** A member that is read: its name, and what its vote weighs. */
export interface VotingFile extends VoterStanding {
  readonly file: string;
}

/** Members and the number of votes (or share of weight) that a pixel needs. */
export interface VotingGroup extends VoterStanding {
  readonly members: readonly Voter[];
  /**
   * A pixel is inside when its votes reach this. Without weights and scores every member has one vote; with weights
   * these are added; with scores the weights are `scoreWeights`, whose sum is 1. `majority` is half of all votes.
   */
  readonly threshold: number | 'majority';
  /** With `majority`: what exactly half of the votes decides. Default `outside`. */
  readonly ties?: 'inside' | 'outside';
}

interface VoterStanding {
  readonly weight?: number;
  readonly score?: number;
}

/** Weights are added in binary fractions, so that a sum may miss the threshold it equals by a few last digits. */
const TOLERANCE = 1e-9;

/** What each member of a group weighs. @throws {VoteError} where scores and weights are mixed or missing */
export function memberWeights({ members }: VotingGroup, place: ErrorPlace = {}): number[] {
  const [scored, weighted] = [
    members.filter(({ score }) => score !== undefined).length,
    members.filter(({ weight }) => weight !== undefined).length,
  ];
  if ((scored > 0 && scored < members.length) || (scored > 0 && weighted > 0)) {
    throw new VoteError(`${scored} of ${members.length} members have a score, ${weighted} a weight`, {
      ...place,
      remedy: 'give every member of a group a score, or some of them weights, or neither',
    });
  }
  if (scored > 0) return scoreWeights(members.map(({ score }) => score!));
  return members.map(({ weight = 1 }) => weight);
}

/**
 * Checks a tree of groups: members everywhere, weights above 0, thresholds that some pixels can reach and others miss.
 * @param placeOf where its parts stand in the file it was read from, `path` being the keys of the group
 * @throws {VoteError}
 */
export function checkVote(
  group: VotingGroup,
  placeOf: PlaceOf = keyPlace,
  path: readonly (string | number)[] = [],
): void {
  const members = placeOf([...path, 'members']);
  if (group.members.length === 0) {
    throw new VoteError('a group without members', {
      ...members,
      remedy: 'name at least one file in each group',
    });
  }
  const weights = memberWeights(group, members);
  if (!weights.every((weight) => weight > 0 && Number.isFinite(weight))) {
    throw new VoteError(`the weights ${weights.join(', ')}`, { ...members, remedy: 'give weights above 0' });
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const { threshold } = group;
  if (threshold !== 'majority' && !(threshold > 0 && threshold <= total + TOLERANCE)) {
    throw new VoteError(`the threshold ${threshold}, where all votes together are ${total}`, {
      ...placeOf([...path, 'threshold']),
      remedy: `choose a threshold above 0 and at most ${total}`,
    });
  }
  for (const [place, member] of group.members.entries()) {
    if ('members' in member) checkVote(member, placeOf, [...path, 'members', place]);
  }
}

/** Every file of a tree of groups, in order; a file may stand in several groups. */
export function votingFiles(group: VotingGroup): string[] {
  return group.members.flatMap((member) => ('members' in member ? votingFiles(member) : [member.file]));
}

/**
 * Counts the votes of a group for each pixel of one image; groups inside it vote first.
 *
 * @param maskOf the mask of a file for this image: 0 outside, any other value inside.
 * @returns 1 where the votes reach the threshold, 0 elsewhere; as long as the masks.
 * @throws {VoteError} when masks differ in length
 */
export function countVotes(group: VotingGroup, maskOf: (file: string) => Uint8Array): Uint8Array {
  const weights = memberWeights(group);
  let votes: Float64Array | null = null;
  for (const [place, member] of group.members.entries()) {
    const mask = 'members' in member ? countVotes(member, maskOf) : maskOf(member.file);
    votes ??= new Float64Array(mask.length);
    if (mask.length !== votes.length) {
      throw new VoteError(`masks of ${votes.length} and ${mask.length} pixels`, {
        remedy: 'let masks of one size vote together',
      });
    }
    const weight = weights[place]!;
    for (let pixel = 0; pixel < mask.length; pixel++) if (mask[pixel] !== 0) votes[pixel]! += weight;
  }
  const { threshold, ties = 'outside' } = group;
  const half = weights.reduce((sum, weight) => sum + weight, 0) / 2;
  const least =
    threshold === 'majority' ? half + (ties === 'inside' ? -TOLERANCE : TOLERANCE) : threshold - TOLERANCE;
  const inside = new Uint8Array(votes!.length);
  for (let pixel = 0; pixel < inside.length; pixel++) inside[pixel] = Number(votes![pixel]! >= least);
  return inside;
}
