import { expect, it } from 'vitest';
import { runNames } from './run-names.ts';

it('names runs by what tells their folders apart', () => {
  expect(runNames(['a/unet', 'b/fpn/'])).toEqual(['unet', 'fpn']);
  expect(runNames(['runs/unet/predictions', 'runs/fpn/predictions', 'runs/blend'])).toEqual([
    'unet',
    'fpn',
    'blend',
  ]);
  expect(runNames(['same', 'same'])).toEqual(['same', 'same']);
});
