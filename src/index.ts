/**
 * The library behind the `arpent` command. The workflows run whole tasks; the rooms below them (`arpent/raster`,
 * `arpent/nn`, …) are there for everything else.
 */
export {
  loadMapConfig,
  loadRunConfig,
  type MapConfig,
  mapConfigOfRun,
  type RunConfig,
} from './config/index.ts';
export { ArpentError, type ClassDefinition, findNomenclature, type Nomenclature } from './core/index.ts';
export { auditSet, type Patch, readPatchList } from './data/index.ts';
export {
  ConfusionMatrix,
  evaluateFiles,
  ignScores,
  renderModelCard,
  type Scores,
  strictScores,
  writeReport,
} from './evaluation/index.ts';
export {
  loadPredictor,
  type MapProgress,
  mapRaster,
  type NetworkDescription,
  type Predictor,
  predictPatches,
} from './inference/index.ts';
export { createModel, modelNames, type SegmentationNetwork } from './models/index.ts';
export { createGeoTiff, openRaster, type Raster } from './raster/index.ts';
export { loadCheckpoint, type TrainingEvent, trainNetwork } from './training/index.ts';
export {
  readCheckpoint,
  readSafetensors,
  type StateDict,
  writePth,
  writeSafetensors,
} from './weights/index.ts';
export {
  type RunEvent,
  type RunResult,
  runMap,
  runTasks,
  type ScoreRequest,
  scorePredictions,
  type TrainRunResult,
  trainRun,
} from './workflows/index.ts';
