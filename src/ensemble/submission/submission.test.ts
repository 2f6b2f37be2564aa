import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SubmissionError } from '../errors.ts';
import { checkSubmission, faultText } from './check-submission.ts';
import { scoreSubmission } from './score-submission.ts';
import { readSubmission, writeSubmission } from './submission-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'submission-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function submission(name: string, ...lines: string[]) {
  const file = join(folder, name);
  await writeFile(file, `${['img_id,mask_rle', ...lines].join('\n')}\n`);
  return readSubmission(file);
}

const SIZE = { width: 4, height: 4 };

describe('submission files', () => {
  it('come back as they were written', async () => {
    const file = join(folder, 'written.csv');
    const rows = [
      { id: 'TEST_00001', runs: '-1' },
      { id: 'TEST_00000', runs: '4 3 12 2' },
    ];
    await writeSubmission(file, rows);
    expect(await readFile(file, 'utf8')).toBe('img_id,mask_rle\nTEST_00001,-1\nTEST_00000,4 3 12 2\n');
    const read = await readSubmission(file);
    expect(read.rows).toEqual([
      { ...rows[0], line: 2 },
      { ...rows[1], line: 3 },
    ]);
    await expect(writeSubmission(file, rows)).rejects.toThrow('already exists');
  });

  it('are not written where two images have one name', async () => {
    const rows = ['a', 'b', 'a'].map((id) => ({ id, runs: '-1' }));
    await expect(writeSubmission(join(folder, 'same.csv'), rows)).rejects.toThrow('two images are called a');
  });

  it('may have further columns', async () => {
    const file = join(folder, 'train.csv');
    await writeFile(file, 'img_id,img_path,mask_rle\r\nTRAIN_0000,./train/TRAIN_0000.png,1 2\r\n');
    expect((await readSubmission(file)).byId.get('TRAIN_0000')?.runs).toBe('1 2');
  });

  it('are refused with the line at fault', async () => {
    await expect(submission('twice.csv', 'a,1 2', 'b,-1', 'a,-1')).rejects.toThrow(/twice\.csv:4: .*line 2/);
    await expect(submission('fields.csv', 'a,1 2,3')).rejects.toThrow(/fields\.csv:2: 3 fields/);
    await writeFile(join(folder, 'header.csv'), 'id,rle\na,1 2\n');
    await expect(readSubmission(join(folder, 'header.csv'))).rejects.toThrow('img_id and mask_rle');
    await expect(readSubmission(join(folder, 'absent.csv'))).rejects.toThrow(SubmissionError);
  });
});

describe('checkSubmission', () => {
  it('names images missing, unknown and out of order, and runs at fault', async () => {
    const found = await submission('faults.csv', 'b,1 2', 'a,-1', 'x,-1', 'd,1 2 3', 'e,16 2');
    const report = checkSubmission(found, { ids: ['a', 'b', 'c', 'd', 'e'], size: SIZE });
    expect(report).toMatchObject({ images: 5, empty: 2 });
    expect(report.faults.map(faultText)).toEqual([
      'c: is missing',
      'line 3, a: stands after b, which the contest lists later',
      'line 4, x: is not an image of the contest',
      'line 5, d: 3 numbers, where starts and lengths come in pairs',
      'line 6, e: the run "16 2" ends beyond the 4 × 4 pixels of the image',
    ]);
  });

  it('finds nothing wrong with a good one', async () => {
    const good = await submission('good.csv', 'a,1 2', 'b,-1');
    expect(checkSubmission(good, { ids: ['a', 'b'], size: () => SIZE }).faults).toEqual([]);
  });
});

describe('scoreSubmission', () => {
  it('is the mean over images that hold a building in truth or prediction', async () => {
    const truth = await submission('truth.csv', 'a,1 4', 'b,-1', 'c,-1', 'd,5 2');
    // a: 2·2/(4+2), b: both empty, c: a false building, d: exact.
    const prediction = await submission('prediction.csv', 'd,5 2', 'c,1 1', 'b,-1', 'a,3 2');
    const { meanDice, dice } = scoreSubmission(truth, prediction, SIZE);
    expect(dice.get('a')).toBeCloseTo(2 / 3, 6);
    expect(dice.get('b')).toBeUndefined();
    expect(dice.get('c')).toBeCloseTo(0, 6);
    expect(dice.get('d')).toBe(1);
    expect(meanDice).toBeCloseTo((2 / 3 + 0 + 1) / 3, 6);
  });

  it('wants every image', async () => {
    const truth = await submission('all.csv', 'a,1 4', 'b,-1');
    const prediction = await submission('some.csv', 'a,1 4');
    expect(() => scoreSubmission(truth, prediction, SIZE)).toThrow('the image b is missing');
  });
});
