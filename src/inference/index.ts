export { AugmentedPredictor } from './augmented-predictor.ts';
export * from './blending/index.ts';
export { type EnsembleMember, EnsemblePredictor } from './ensemble-predictor.ts';
export {
  JournalMismatchError,
  MapInProgressError,
  MissingSealError,
  ModelMismatchError,
  NoPatchesError,
  PlanMemoryError,
  TilePlanError,
} from './errors.ts';
export { type IgnSlice, ignSlices, ignTileGrid } from './ign-slices.ts';
export {
  buildNetwork,
  type LoadPredictorOptions,
  loadPredictor,
  loadWeights,
  type NetworkDescription,
} from './load-predictor.ts';
export { defaultBlend } from './map/layout.ts';
export type {
  MapAreas,
  MapOutput,
  MapProducts,
  MapProgress,
  MapRasterOptions,
  MapResult,
  VectorProduct,
} from './map/options.ts';
export type { Stretch } from './map/read-window.ts';
export { begunTile } from './map/resume.ts';
export { type AreaStatistics, statisticsCsv } from './map/statistics.ts';
export type { BadBlock } from './map/tile-record.ts';
export { type FileProblem, type MapVerification, verifyMap } from './map/verify.ts';
export { MAP_NODATA, mapRaster } from './map.ts';
export {
  findPatches,
  type MapZonesOptions,
  mapZones,
  type ZoneMap,
  zonePredictionName,
} from './map-zones.ts';
export { weightsFor } from './network-weights.ts';
export * from './onnx/index.ts';
export { padTile } from './pad-tile.ts';
export { formatByteSize, parseByteSize } from './plan/byte-size.ts';
export { chooseTile } from './plan/choose-tile.ts';
export { largestTile } from './plan/largest-tile.ts';
export { measureNetwork, type NetworkCost } from './plan/measure-network.ts';
export { type MapPlan, type PlanBytes, type PlanRequest, planMap, planText } from './plan/plan-map.ts';
export { usualMargin } from './plan/usual-margin.ts';
export {
  type PatchPrediction,
  type PatchPredictions,
  type PredictPatchesOptions,
  predictionNames,
  predictPatches,
} from './predict-patches.ts';
export type { Core, Predicted, PredictionKind, Predictor, Tile, TilePart } from './predictor.ts';
export { resizePlanes, ScaledPredictor, type ScalesOptions } from './scaled-predictor.ts';
export { StageClock, type StageShares } from './stage-clock.ts';
export { type Symmetry, type SymmetryName, symmetries } from './symmetry.ts';
export { type GridTile, type TileGrid, tileGrid } from './tile-grid.ts';
export { type Precision, TorchPredictor, type TorchPredictorOptions } from './torch-predictor.ts';
