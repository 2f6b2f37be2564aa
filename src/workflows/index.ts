export { findBestCheckpoint } from './checkpoint-files.ts';
export { chooseDevice, predictorCompute, prepareCompute } from './compute.ts';
export { type DemoEvent, type DemoResult, majorityBaseline, runDemo } from './demo.ts';
export { describeModelFile } from './describe-model.ts';
export { CheckpointMissingError, DeviceNotFoundError } from './errors.ts';
export * from './export/index.ts';
export { requireFreeOutputs } from './free-outputs.ts';
export { type GroupedInferenceOptions, predictGroup } from './grouped-inference.ts';
export { type GroupedModel, type ModelGroup, readModelGroup } from './grouped-models.ts';
export { type GroupedZonesOptions, predictZones } from './grouped-zones.ts';
export { type PatchLists, readLists, readRunMetadata, trainingLoader, validationLoader } from './loaders.ts';
export { type MapRunOptions, type MapRunResult, planOfMap, runMap } from './map.ts';
export { mapOutputPath } from './output-name.ts';
export { TrainingProcessError } from './parallel/children.ts';
export { worldOfRun } from './parallel/train-in-parallel.ts';
export { PATCH_SCORES_FILE, type PatchScores } from './patch-scores.ts';
export { predictRun, rasterClasses, type TaskOptions } from './predict.ts';
export { type PublishedStart, startFromPublished } from './published-start.ts';
export { type RunEvent, type RunResult, runTasks } from './run.ts';
export {
  classDefinitions,
  drawTrainingCurves,
  type RunScores,
  type ScoreRequest,
  scorePredictions,
  scoreRun,
  truthCoding,
} from './score.ts';
export { type StartReport, startFromWeights } from './start-weights.ts';
export {
  describeNetwork,
  type TrainingRecipe,
  type TrainRunEvent,
  type TrainRunResult,
  trainRun,
} from './train.ts';
export { runZones, type ZonesRunOptions } from './zones.ts';
