export { ExportCheckError, ExportOptionError, FixedSizeError, UnsupportedOperatorError } from './errors.ts';
export {
  type ExportedOutput,
  type ExportOptions,
  exportGraph,
  INPUT_NAME,
} from './export-model.ts';
export { type ExportedDescription, type FileFacts, scalingOf } from './facts.ts';
export { toHalf, untilNearEnough } from './half.ts';
export { fileMetadata, hostMetadata, OWN_KEY } from './metadata.ts';
export { type DescribedFile, mlmItem } from './mlm-item.ts';
export { encodeModel } from './onnx/encode.ts';
export type { Graph, GraphValue } from './onnx/graph.ts';
export { exportableOperators } from './operators/index.ts';
export { type CheckerVerdict, checkWithPython } from './python-checker.ts';
export { quantizedParts } from './quantize/activations.ts';
export { calibrationGraph, RangeCollector, type Ranges } from './quantize/calibration.ts';
export { quantizeGraph } from './quantize/quantize.ts';
export { type ImageScaling, prependScaling } from './scaling.ts';
export {
  compareSelfTest,
  recordSelfTest,
  SELF_TEST_KEY,
  type SelfTest,
  selfTestImages,
} from './self-test.ts';
export {
  EXTERNAL_FROM,
  itemPath,
  moveModel,
  refuseWrittenModel,
  type WrittenModel,
  weightsPath,
  writeModel,
} from './write-model.ts';
