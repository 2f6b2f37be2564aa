export { ExecutionProviderError, OnnxModelError } from './errors.ts';
export { ARPENT_KEY, type ArpentBlock, type OnnxAnswer, type OnnxCard, readOnnxCard } from './model-card.ts';
export { OnnxPredictor, type OnnxPredictorOptions } from './onnx-predictor.ts';
export { type OnnxModel, type OnnxValue, readOnnxModel } from './read-model.ts';
