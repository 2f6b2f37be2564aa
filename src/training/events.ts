import type { BadPatch } from '../data/index.ts';
import type { EpochLog } from './monitor.ts';

/** What training tells while it works; the command line draws it, loggers write it down. */
export type TrainingEvent =
  | {
      readonly kind: 'step';
      readonly epoch: number;
      /** Steps of this epoch that are done, of how many. */
      readonly step: number;
      readonly steps: number;
      readonly globalStep: number;
      /** Mean loss of the epoch so far. */
      readonly loss: number;
      /** Mean IoU of the training patches so far, 0 to 1. */
      readonly miou: number;
      readonly patchesPerSecond: number;
      /** Share of the time spent waiting for patches. */
      readonly waiting: number;
    }
  | { readonly kind: 'validation'; readonly epoch: number; readonly done: number; readonly total: number }
  | {
      readonly kind: 'epoch';
      readonly epoch: number;
      readonly epochs: number;
      readonly globalStep: number;
      readonly log: EpochLog;
      readonly seconds: number;
      readonly improved: boolean;
    }
  | { readonly kind: 'checkpoint'; readonly path: string; readonly reason: 'best' | 'last' | 'interrupted' }
  | { readonly kind: 'bad'; readonly patches: readonly BadPatch[] }
  | { readonly kind: 'stopped'; readonly epoch: number; readonly reason: 'early' | 'interrupted' };

/** Hears the events of a run. */
export interface TrainingListener {
  /** Takes note of an event. */
  handle(event: TrainingEvent): void;
  /** Finishes files. */
  close?(): void;
}
