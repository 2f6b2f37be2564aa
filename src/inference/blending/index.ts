export { BlendAccumulator, type BlendLayout, type FinishedBlock } from './accumulator.ts';
export { type AxisOptions, axisSpans, type Span, shiftedSpans } from './axis.ts';
export {
  bestClass,
  blendedValues,
  confidencePercent,
  entropyPercent,
  probabilityBytes,
  softmaxOverClasses,
} from './readings.ts';
export { axisWeights, type BlendWindow, blendWindows } from './windows.ts';
