import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { VoteError } from '../errors.ts';
import { readRuleFile } from '../rule-file.ts';
import { checkVote, type Voter, type VotingGroup } from './binary-vote.ts';

const standing = { weight: z.number().positive().optional(), score: z.number().optional() };
const fileSchema = z.union([z.string().min(1), z.strictObject({ file: z.string().min(1), ...standing })]);
type GroupText = {
  threshold: number | 'majority';
  ties?: 'inside' | 'outside' | undefined;
  members: (z.infer<typeof fileSchema> | GroupText)[];
  weight?: number | undefined;
  score?: number | undefined;
};
const groupSchema: z.ZodType<GroupText> = z.lazy(() =>
  z.strictObject({
    threshold: z.union([z.number().positive(), z.literal('majority')]),
    ties: z.enum(['inside', 'outside']).optional(),
    members: z
      .array(
        z.union([fileSchema, groupSchema], {
          error: 'this is neither a file (with score or weight) nor a group (with threshold and members)',
        }),
      )
      .min(1),
    ...standing,
  }),
);

function standingOf({ weight, score }: { weight?: number | undefined; score?: number | undefined }) {
  return { ...(weight === undefined ? {} : { weight }), ...(score === undefined ? {} : { score }) };
}

function groupOf({ threshold, ties, members, ...rest }: GroupText, folder: string): VotingGroup {
  const voters = members.map((member): Voter => {
    if (typeof member === 'string') return { file: resolve(folder, member) };
    return 'members' in member
      ? groupOf(member, folder)
      : { file: resolve(folder, member.file), ...standingOf(member) };
  });
  return { threshold, ...(ties === undefined ? {} : { ties }), members: voters, ...standingOf(rest) };
}

/**
 * Reads a vote from YAML: `threshold`, `members` (files, or groups of the same form), and beside each member the
 * `score` or `weight` that belongs to it. Paths start from the file's folder.
 * @throws {VoteError} naming what is wrong.
 */
export async function readVoteRule(file: string): Promise<VotingGroup> {
  const remedy = 'write "threshold: 2" and "members:" with a list of CSV files or groups of the same form';
  const { value, placeOf } = await readRuleFile(file, groupSchema, VoteError, remedy);
  const group = groupOf(value, dirname(file));
  checkVote(group, placeOf);
  return group;
}
