import { Command } from 'commander';
import { expect, it } from 'vitest';
import { PLAIN_TUNING } from '../config/index.ts';
import { addTuningOptions, applyTuningFlags, tuningFlagsText } from './tuning-flags.ts';

function parse(...args: string[]) {
  const command = addTuningOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  return command.parse(args, { from: 'user' }).opts();
}

it('leaves a configuration alone without flags', () => {
  expect(applyTuningFlags(PLAIN_TUNING, parse())).toEqual(PLAIN_TUNING);
});

it('can be typed again', () => {
  const typed = ['--gradient-checkpointing', '--freeze-encoder', 'all', '--weight-average', '0.99'];
  expect(tuningFlagsText(parse(...typed))).toBe(` ${typed.join(' ')}`);
  expect(tuningFlagsText({})).toBe('');
});

it('turns on what is asked for, with the defaults of the configuration', () => {
  const flags = parse(
    '--gradient-checkpointing',
    '--freeze-epochs',
    '3',
    '--layer-decay',
    '0.8',
    '--weight-average=0.99',
  );
  expect(applyTuningFlags(PLAIN_TUNING, flags)).toEqual({
    gradientCheckpointing: true,
    freezeEncoder: { stages: 'all', epochs: 3 },
    layerDecay: { factor: 0.8, by: 'block' },
    weightAverage: { decay: 0.99, warmUp: true },
  });
  expect(
    applyTuningFlags(
      { ...PLAIN_TUNING, freezeEncoder: { stages: 'all', epochs: 3 } },
      parse('--freeze-encoder', '2'),
    ).freezeEncoder,
  ).toEqual({ stages: 2, epochs: 3 });
});

it.each([
  ['--freeze-encoder', '5'],
  ['--layer-decay', '0'],
  ['--weight-average', '1'],
  ['--layer-decay-by', 'neuron'],
])('refuses %s %s', (flag, value) => {
  expect(() => parse(flag, value)).toThrow(value);
});
