import type { Command } from 'commander';

/** What a command file exports: it adds its command to the program. Heavy imports belong inside the action. */
export interface CommandModule {
  register(program: Command): void;
}

/**
 * Every command by name, in the order the help shows them. A command file is loaded only when its command is
 * called (or when help needs them all), so `arpent --help` never waits for GDAL or libtorch.
 */
export const commands: readonly (readonly [name: string, load: () => Promise<CommandModule>])[] = [
  ['demo', () => import('./commands/demo.ts')],
  ['run', () => import('./commands/run.ts')],
  ['train', () => import('./commands/train.ts')],
  ['pretrain', () => import('./commands/pretrain.ts')],
  ['predict', () => import('./commands/predict.ts')],
  ['evaluate', () => import('./commands/evaluate.ts')],
  ['map', () => import('./commands/map.ts')],
  ['zones', () => import('./commands/zones.ts')],
  ['data', () => import('./commands/data.ts')],
  ['sentinel', () => import('./commands/sentinel.ts')],
  ['export', () => import('./commands/export.ts')],
  ['verify', () => import('./commands/verify.ts')],
  ['ensemble', () => import('./commands/ensemble.ts')],
  ['pseudo-label', () => import('./commands/pseudo-label.ts')],
  ['submit', () => import('./commands/submit.ts')],
  ['compare', () => import('./commands/compare.ts')],
  ['card', () => import('./commands/card.ts')],
  ['config', () => import('./commands/config.ts')],
  ['models', () => import('./commands/models.ts')],
  ['serve', () => import('./commands/serve.ts')],
  ['doctor', () => import('./commands/doctor.ts')],
];
