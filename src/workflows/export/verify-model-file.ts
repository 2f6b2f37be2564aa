import {
  compareSelfTest,
  type ExportedOutput,
  SELF_TEST_KEY,
  type SelfTest,
  selfTestImages,
} from '../../export/index.ts';
import {
  ARPENT_KEY,
  type OnnxCard,
  type OnnxProvider,
  onnxRuntime,
  openSession,
  readOnnxCard,
} from '../../inference/index.ts';

/** How a file answers the picture that it carries. */
export interface SelfTestResult {
  readonly difference: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

/** What looking at a model file and running it shows. */
export interface ModelFileReport {
  readonly card: OnnxCard;
  /** Keys of its metadata. */
  readonly keys: readonly string[];
  /** Written by `arpent export`. */
  readonly ours: boolean;
  /** Null for files without a test of ours. */
  readonly selfTest: SelfTestResult | null;
  readonly runtime: string;
}

/**
 * Reads a model file, runs it in ONNX Runtime, and compares its answer for the picture that it carries with what libtorch
 * answered when it was exported. Files of others are run on zeros.
 * @throws OnnxModelError; ExecutionProviderError
 */
export async function verifyModelFile(
  file: string,
  provider: OnnxProvider = 'cpu',
): Promise<ModelFileReport> {
  const card = readOnnxCard(file);
  const { metadata, inputs, outputs } = card.model;
  const { Tensor, env } = await onnxRuntime();
  const text = metadata[SELF_TEST_KEY];
  const test = text === undefined ? null : (JSON.parse(text) as SelfTest);
  const session = await openSession(file, { provider });
  try {
    const side = card.side ?? Math.ceil(256 / card.divisor) * card.divisor;
    const channels = card.description.channels.length;
    const images = card.batch ?? 1;
    const open = card.channelsLast ? [images, side, side, channels] : [images, channels, side, side];
    const shape = test === null ? open : [...test.shape];
    const length = shape.reduce((product, one) => product * one);
    const type = inputs[0]!.type as 'float32';
    const zeros = type === 'float32' ? new Float32Array(length) : new Uint16Array(length);
    const pixels =
      test === null ? (type === ('uint8' as string) ? new Uint8Array(length) : zeros) : selfTestImages(shape);
    const found = await session.run({
      [inputs[0]!.name]: new Tensor(type, pixels as Float32Array, shape),
    });
    const answer = found[outputs[0]!.name]!.data as Float32Array;
    const compared = test === null ? null : compareSelfTest(test, answer, card.answer as ExportedOutput);
    return {
      card,
      keys: Object.keys(metadata),
      ours: ARPENT_KEY in metadata,
      selfTest: compared === null ? null : { ...compared, tolerance: test!.tolerance },
      runtime: `ONNX Runtime ${env.versions.node ?? env.versions.common}`,
    };
  } finally {
    await session.release();
  }
}
