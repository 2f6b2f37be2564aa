export { buildLoss, buildOptimizer, buildParameterGroups, buildSchedule, type Duration } from './build.ts';
export {
  type CheckpointDescription,
  type LoadedCheckpoint,
  loadCheckpoint,
  type Position,
  type TrainingState,
  writeCheckpoint,
} from './checkpoint.ts';
export { EncoderFreeze, type FreezeOptions } from './encoder-freeze.ts';
export { DivergedError, MonitorError, ResumeError } from './errors.ts';
export type { TrainingEvent, TrainingListener } from './events.ts';
export { trainNetwork } from './fit.ts';
export type { FitOptions, FitResult } from './fit-options.ts';
export type { ComputeOptions } from './forward.ts';
export { CsvLogger } from './loggers/csv-logger.ts';
export { TensorBoardLogger } from './loggers/tensorboard-logger.ts';
export { type EpochLog, Monitor, type MonitorOptions, type MonitorState } from './monitor.ts';
export * from './parallel/index.ts';
export * from './pretrain/index.ts';
export { classesOf, type StepParts, type StepResult, trainStep } from './train-step.ts';
export { type Validation, validate } from './validate.ts';
