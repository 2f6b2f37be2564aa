export {
  type BootstrapOptions,
  bootstrapGain,
  bootstrapScores,
  type Interval,
  type ScoreIntervals,
} from './bootstrap.ts';
export {
  type ClassCoding,
  classIndexes,
  colorCoding,
  indexCoding,
  NO_CLASS,
  valueCoding,
} from './class-coding.ts';
export { type ComparedRun, type ComparisonRow, compareRuns, comparisonTable } from './compare-runs.ts';
export { ConfusionMatrix, type CountingOptions, SizeMismatchError } from './confusion-matrix.ts';
export { contestDice, meanContestDice } from './contest-dice.ts';
export {
  type EvaluationPair,
  evaluateFiles,
  type FileEvaluation,
  type FileEvaluationOptions,
  type ImageCounts,
  PairSizeError,
  UnreadablePairError,
} from './evaluate-files.ts';
export * from './figures/index.ts';
export { type IgnMetrics, ignTables, type MetricsFile, metricsFile } from './ign-report.ts';
export {
  type ClassScores,
  type ClassTotals,
  challengeScores,
  classTotals,
  ignScores,
  learnedClasses,
  type Scores,
  type ScoringWay,
  scoresOfTotals,
  strictScores,
  type WeightedClass,
} from './metrics.ts';
export {
  type CardChannel,
  type CardFacts,
  type CardFigure,
  type ModelCard,
  renderModelCard,
} from './model-card.ts';
export { ConfusionMatrixFileError, decodeConfusionMatrix, encodeConfusionMatrix } from './npy.ts';
export { type OutputOptions, readConfusionMatrix, writeMetrics, writeOutput } from './output-files.ts';
export { type RankedImage, rankImages } from './rank-images.ts';
export { evaluationFigures, type ReportOptions, writeReport } from './report.ts';
export { averagesTable, classTable, confusionsTable } from './tables.ts';
export { cell, type TextColumn, textBar, textTable } from './text-table.ts';
