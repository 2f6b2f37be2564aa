export {
  type ClassCoding,
  classIndexes,
  colorCoding,
  indexCoding,
  NO_CLASS,
  valueCoding,
} from './class-coding.ts';
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
  challengeScores,
  ignScores,
  learnedClasses,
  type Scores,
  type ScoringWay,
  strictScores,
  type WeightedClass,
} from './metrics.ts';
export { ConfusionMatrixFileError, decodeConfusionMatrix, encodeConfusionMatrix } from './npy.ts';
export { type OutputOptions, readConfusionMatrix, writeMetrics, writeOutput } from './output-files.ts';
export { averagesTable, classTable, confusionsTable } from './tables.ts';
export { cell, type TextColumn, textBar, textTable } from './text-table.ts';
