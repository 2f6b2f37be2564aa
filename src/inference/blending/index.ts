export {
  aloneInside,
  BlendAccumulator,
  type BlendLayout,
  type FinishedBlock,
  type Inside,
  type ScorePart,
} from './accumulator.ts';
export { type AxisOptions, axisSpans, type Span, shiftedSpans } from './axis.ts';
export {
  bestClass,
  bestClassAround,
  blendedValues,
  confidencePercent,
  entropyPercent,
  probabilityBytes,
  softmaxOverClasses,
} from './readings.ts';
export { VoteAccumulator } from './vote-accumulator.ts';
export { axisWeights, type BlendWindow, blendWindows } from './windows.ts';
