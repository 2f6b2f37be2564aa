export type * from './augmentation-config.ts';
export {
  ConfigError,
  type ConfigIssue,
  type ConfigIssueKind,
  formatIssue,
  type IssuePlace,
} from './config-issue.ts';
export { DECODERS, type EncoderDecoder, namesWholeNetwork, splitEncoderDecoder } from './encoder-decoder.ts';
export {
  type ExplainedKey,
  type Explanation,
  explainConfig,
  explainText,
  formatExplanation,
  showValue,
} from './explain.ts';
export type * from './learning-config.ts';
export {
  ConfigFileError,
  type Loaded,
  loadMapConfig,
  loadRunConfig,
  parseMapConfig,
  parseRunConfig,
} from './load.ts';
export type { LoadOptions } from './load-options.ts';
export type * from './map-config.ts';
export { type MapRequest, MissingWeightsError, mapConfigOfRun } from './map-of-run.ts';
export type * from './model-config.ts';
export { editorSchema, referencePage } from './reference-page.ts';
export type * from './run-config.ts';
export { NO_AUGMENTATION, PLAIN_TUNING, RANDOM_FLIPS } from './run-parts.ts';
export { SourceText } from './source-text.ts';
export { nearest } from './suggest.ts';
