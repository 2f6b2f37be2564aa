import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../core/index.ts';
import { VoteError } from '../errors.ts';
import { readSubmission } from '../submission/submission-file.ts';
import { checkVote, countVotes, type VotingGroup } from './binary-vote.ts';
import { majorityVote } from './class-vote.ts';
import { scoreWeights } from './score-weights.ts';
import { readVoteRule } from './vote-rule.ts';
import { voteSubmissions } from './vote-submissions.ts';

const masks: Record<string, Uint8Array> = {
  a: Uint8Array.of(1, 1, 0, 0),
  b: Uint8Array.of(1, 0, 1, 0),
  c: Uint8Array.of(1, 1, 1, 0),
};
const maskOf = (file: string) => masks[file]!;
const files = (...names: string[]) => names.map((file) => ({ file }));
const votes = (group: VotingGroup) => [...countVotes(group, maskOf)];

describe('votes over masks', () => {
  it('need k of n', () => {
    expect(votes({ threshold: 1, members: files('a', 'b', 'c') })).toEqual([1, 1, 1, 0]);
    expect(votes({ threshold: 2, members: files('a', 'b', 'c') })).toEqual([1, 1, 1, 0]);
    expect(votes({ threshold: 3, members: files('a', 'b', 'c') })).toEqual([1, 0, 0, 0]);
  });

  it('decide ties of a majority as told', () => {
    const members = files('a', 'b');
    expect(votes({ threshold: 'majority', members })).toEqual([1, 0, 0, 0]);
    expect(votes({ threshold: 'majority', ties: 'inside', members })).toEqual([1, 1, 1, 0]);
  });

  it('count groups inside groups first', () => {
    // Within {a, b}: 1 0 0 0; with c: 2 1 1 0. A flat vote of two of three would give 1 1 1 0.
    const members = [{ threshold: 2, members: files('a', 'b') }, { file: 'c' }];
    expect(votes({ threshold: 2, members })).toEqual([1, 0, 0, 0]);
  });

  it('add weights, a sum that equals the threshold being enough', () => {
    const members = [
      { file: 'a', weight: 0.1 },
      { file: 'b', weight: 0.2 },
      { file: 'c', weight: 0.7 },
    ];
    expect(votes({ threshold: 0.9, members })).toEqual([1, 0, 1, 0]);
    // In binary fractions 0.1 + 0.7 is less than 0.8.
    expect(votes({ threshold: 0.8, members })).toEqual([1, 1, 1, 0]);
    expect(0.1 + 0.7).toBeLessThan(0.8);
  });

  it('turn scores into weights', () => {
    const members = [
      { file: 'a', score: 80 },
      { file: 'b', score: 80 },
      { file: 'c', score: 80 + Math.E - 1 },
    ];
    // Weights 1, 1, 2 of 4.
    expect(votes({ threshold: 0.5, members })).toEqual([1, 1, 1, 0]);
    expect(votes({ threshold: 0.76, members })).toEqual([1, 0, 0, 0]);
  });

  it('weigh the 21 submissions of the PIXEL team, with the threshold 0.35', () => {
    const scores = [
      ...[80.14, 80.14, 80.14, 80.14, 80.14, 80.43, 80.64, 80.64, 80.69, 80.74, 80.78, 81.2, 81.21],
      ...[81.28, 81.29, 81.32, 81.59, 81.83, 82.04, 82.16, 82.16],
    ];
    // The five best weigh 0.314 together, the six best 0.369; the nine weakest 0.324, the ten weakest 0.370.
    const inside = (place: number) => [place >= 16, place >= 15, place < 9, place < 10].map(Number);
    const members = scores.map((score, place) => ({ file: String(place), score }));
    const mask = (file: string) => Uint8Array.from(inside(Number(file)));
    expect([...countVotes({ threshold: 0.35, members }, mask)]).toEqual([0, 1, 0, 1]);
  });

  it('vote within families and then over them: every way that eight masks can say', () => {
    // Pixel p is in mask m where bit m of p is set: masks 0–3, 4–6 and 7 are the families.
    const mask = (file: string) => Uint8Array.from({ length: 256 }, (_, p) => (p >> Number(file)) & 1);
    const families = [
      { threshold: 2, members: files('0', '1', '2', '3') },
      { threshold: 2, members: files('4', '5', '6') },
      { file: '7' },
    ];
    const bits = (p: number, from: number, to: number) =>
      [...p.toString(2).padStart(8, '0')]
        .reverse()
        .slice(from, to)
        .filter((bit) => bit === '1').length;
    const expected = Array.from({ length: 256 }, (_, p) => {
      const said = [bits(p, 0, 4) >= 2, bits(p, 4, 7) >= 2, bits(p, 7, 8) === 1];
      return Number(said.filter(Boolean).length >= 2);
    });
    const found = [...countVotes({ threshold: 2, members: families }, mask)];
    expect(found).toEqual(expected);
    // Of 16 ways of the first family 11 say yes, of 8 of the second 4. With the last: 11·4 + 11·4 + 5·4; without it 11·4.
    expect(found.reduce((sum, value) => sum + value, 0)).toBe(11 * 4 + 11 * 4 + 5 * 4 + 11 * 4);
  });

  it.each([
    [{ threshold: 4, members: files('a', 'b', 'c') }, 'threshold 4'],
    [{ threshold: 1, members: [] }, 'without members'],
    [{ threshold: 1, members: [{ file: 'a', score: 1 }, { file: 'b' }] }, '1 of 2 members'],
  ])('refuse what cannot be counted', (group, why) => {
    expect(() => checkVote(group)).toThrow(VoteError);
    expect(() => checkVote(group)).toThrow(why);
  });
});

describe('scoreWeights', () => {
  it('gives the 21 weights of the PIXEL team', () => {
    const scores = [
      ...[80.14, 80.14, 80.14, 80.14, 80.14, 80.43, 80.64, 80.64, 80.69, 80.74, 80.78, 81.2, 81.21],
      ...[81.28, 81.29, 81.32, 81.59, 81.83, 82.04, 82.16, 82.16],
    ];
    const weights = scoreWeights(scores);
    expect(weights).toHaveLength(21);
    expect(weights[0]).toBeCloseTo(0.03088, 5);
    expect(weights.at(-1)).toBeCloseTo(0.06501, 5);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  it('gives equal scores equal weights', () => {
    expect(scoreWeights([70, 70])).toEqual([0.5, 0.5]);
    expect(() => scoreWeights([])).toThrow(VoteError);
  });
});

describe('majorityVote', () => {
  const members = [
    Uint8Array.of(2, 2, 255, 1, 255),
    Uint8Array.of(1, 1, 255, 1, 0),
    Uint8Array.of(1, 0, 255, 2, 255),
  ];
  it('gives ties to the lowest class, and no class where nobody voted', () => {
    expect([...majorityVote(members, 3)]).toEqual([1, 0, 255, 1, 0]);
  });
  it('gives ties to the first member when asked', () => {
    expect([...majorityVote(members, 3, { ties: 'first-member' })]).toEqual([1, 2, 255, 1, 0]);
  });
  it('weighs members', () => {
    expect([...majorityVote(members, 3, { weights: [3, 1, 1] })]).toEqual([2, 2, 255, 1, 0]);
  });
  it('does not depend on the order of members with ties to the lowest class', () => {
    const random = new Random(3);
    const many = Array.from({ length: 5 }, () => Uint8Array.from({ length: 200 }, () => random.below(4)));
    const expected = [...majorityVote(many, 4)];
    expect([...majorityVote(random.shuffle([...many]), 4)]).toEqual(expected);
  });
});

describe('votes over submissions', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'votes-'));
    await writeFile(join(folder, 'a.csv'), 'img_id,mask_rle\nx,1 2\ny,-1\n');
    await writeFile(join(folder, 'b.csv'), 'img_id,mask_rle\ny,4 1\nx,2 2\n');
    await writeFile(join(folder, 'c.csv'), 'img_id,mask_rle\nx,-1\ny,3 2\n');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const size = { width: 2, height: 2 };
  const open = async (group: VotingGroup) => {
    const names = group.members.flatMap((member) => ('file' in member ? [member.file] : []));
    const read = await Promise.all(names.map((name) => readSubmission(name)));
    return new Map(names.map((name, place) => [name, read[place]!]));
  };

  it('pair images by name and keep the first file’s order', async () => {
    await writeFile(join(folder, 'vote.yaml'), 'threshold: 2\nmembers: [a.csv, b.csv, c.csv]\n');
    const group = await readVoteRule(join(folder, 'vote.yaml'));
    expect([...voteSubmissions(group, await open(group), { size })]).toEqual([
      { id: 'x', runs: '2 1' },
      { id: 'y', runs: '4 1' },
    ]);
  });

  it('miss no image that only some files list, unless told which are wanted', async () => {
    await writeFile(join(folder, 'more.csv'), 'img_id,mask_rle\nx,1 1\ny,-1\nz,2 1\n');
    const group = { threshold: 1, members: files(join(folder, 'a.csv'), join(folder, 'more.csv')) };
    const submissions = await open(group);
    const vote = (ids?: string[]) => [
      ...voteSubmissions(group, submissions, { size, ...(ids ? { ids } : {}) }),
    ];
    expect(() => vote()).toThrow(/more\.csv:4: the image z is not in .*a\.csv/);
    expect(vote(['x'])).toEqual([{ id: 'x', runs: '1 2' }]);
    expect(() => vote(['z'])).toThrow(/a\.csv: the image z is missing/);
  });

  it('take a score from beside its file', async () => {
    const text = 'threshold: 0.6\nmembers:\n  - { file: c.csv, score: 82 }\n  - { file: a.csv, score: 80 }\n';
    await writeFile(join(folder, 'scored.yaml'), text);
    const group = await readVoteRule(join(folder, 'scored.yaml'));
    // ln 3 + 1 of ln 3 + 2 is 0.68: the first file alone decides.
    expect([...voteSubmissions(group, await open(group), { size })]).toEqual([
      { id: 'x', runs: '-1' },
      { id: 'y', runs: '3 2' },
    ]);
  });

  it('refuse rules that say something else', async () => {
    await writeFile(join(folder, 'bad.yaml'), 'threshold: 2\nmember: [a.csv]\n');
    await expect(readVoteRule(join(folder, 'bad.yaml'))).rejects.toThrow(/bad\.yaml/);
    await expect(readVoteRule(join(folder, 'none.yaml'))).rejects.toThrow(VoteError);
  });
});
