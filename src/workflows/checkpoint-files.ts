import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RunConfig } from '../config/index.ts';
import type { EpochLog } from '../training/index.ts';

/** Names in IGN's layout: `ckpt-epoch=05-val_loss=0.55_NAME.ckpt`. */
function bestName({ checkpoints, name }: RunConfig, epoch: number, log: EpochLog): string {
  if (checkpoints.naming === 'plain') return 'best.ckpt';
  const value = (log[checkpoints.monitor] ?? Number.NaN).toFixed(2);
  return `ckpt-epoch=${String(epoch).padStart(2, '0')}-${checkpoints.monitor}=${value}_${name}.ckpt`;
}

/** The best checkpoint in a run's folder of checkpoints, whatever its naming; the latest of several; null without any. */
export function findBestCheckpoint(folder: string): string | null {
  if (!existsSync(folder)) return null;
  const age = (path: string) => statSync(path).mtimeMs;
  const found = readdirSync(folder)
    .filter((name) => name === 'best.ckpt' || /^ckpt-epoch=.*\.ckpt$/.test(name))
    .map((name) => join(folder, name))
    .sort((a, b) => age(b) - age(a));
  return found[0] ?? null;
}

/** Where a run keeps its checkpoints: one best, one last, and the state of an interruption. */
export class CheckpointFiles {
  private readonly config: RunConfig;
  /** The best checkpoint so far; null before the first. */
  best: string | null = null;

  constructor(config: RunConfig) {
    this.config = config;
  }

  /** Where training continues from after Ctrl-C, and, when asked for, the last epoch. */
  get last(): string {
    return join(this.config.outputs.checkpoints, 'last.ckpt');
  }

  /** Finds the best checkpoint that an earlier part of the run left. @param epoch counted from 0 */
  recoverBest(epoch: number | null): void {
    const { checkpoints, outputs } = this.config;
    if (epoch === null || !existsSync(outputs.checkpoints)) return;
    const start =
      checkpoints.naming === 'plain' ? 'best.ckpt' : `ckpt-epoch=${String(epoch).padStart(2, '0')}-`;
    const found = readdirSync(outputs.checkpoints).find((name) => name.startsWith(start));
    if (found !== undefined) this.best = join(outputs.checkpoints, found);
  }

  /** Writes the new best through `write`, then removes the one before. @param epoch counted from 0 */
  replaceBest(epoch: number, log: EpochLog, write: (path: string) => void): string {
    const path = join(this.config.outputs.checkpoints, bestName(this.config, epoch, log));
    write(path);
    if (this.best !== null && this.best !== path && existsSync(this.best)) rmSync(this.best);
    this.best = path;
    return path;
  }
}
