export { ExecutionProviderError, OnnxModelError } from './errors.ts';
export {
  ARPENT_KEY,
  type ArpentBlock,
  isOnnxFile,
  type OnnxAnswer,
  type OnnxCard,
  readOnnxCard,
} from './model-card.ts';
export { normaliseTile, type PixelScaling, pixelScaling } from './normalise.ts';
export { OnnxPredictor, type OnnxPredictorOptions } from './onnx-predictor.ts';
export { type OnnxModel, type OnnxValue, readOnnxModel } from './read-model.ts';
export { ONNX_PROVIDERS, type OnnxProvider, onnxRuntime, openSession } from './runtime.ts';
