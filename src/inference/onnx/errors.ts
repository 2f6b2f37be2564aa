import { ArpentError } from '../../core/index.ts';

/** A file that is no ONNX model, or one whose inputs or outputs no segmentation network has. */
export class OnnxModelError extends ArpentError {}

/** The installed ONNX Runtime has no such device. */
export class ExecutionProviderError extends ArpentError {}
