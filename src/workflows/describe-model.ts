import { isOnnxFile, type NetworkDescription, readOnnxCard } from '../inference/index.ts';
import { loadCheckpoint } from '../training/index.ts';

/** What a file of weights says of its network: an ONNX file always does, a checkpoint when it is ours; null otherwise. */
export function describeModelFile(file: string): NetworkDescription | null {
  if (isOnnxFile(file)) return readOnnxCard(file).description;
  const { description } = loadCheckpoint(file);
  return description === null ? null : (description as unknown as NetworkDescription);
}
