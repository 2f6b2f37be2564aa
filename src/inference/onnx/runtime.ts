import type { InferenceSession } from 'onnxruntime-node';
import { ExecutionProviderError, OnnxModelError } from './errors.ts';

/** What ONNX Runtime can compute with, where the installed one has it. */
export const ONNX_PROVIDERS = ['cpu', 'cuda', 'coreml', 'dml', 'webgpu'] as const;

export type OnnxProvider = (typeof ONNX_PROVIDERS)[number];

/** ONNX Runtime, loaded when it is first needed. */
export async function onnxRuntime(): Promise<typeof import('onnxruntime-node')> {
  const loaded = (await import('onnxruntime-node')) as unknown as {
    default?: typeof import('onnxruntime-node');
  };
  return loaded.default ?? (loaded as unknown as typeof import('onnxruntime-node'));
}

/** Where a session of ONNX Runtime computes. */
export interface SessionOptions {
  readonly provider?: OnnxProvider;
  readonly threads?: number | undefined;
}

/**
 * Opens a model in ONNX Runtime.
 * @param model path of a file, or the bytes of one
 * @throws ExecutionProviderError when the installed runtime has no such provider, or it does not start; OnnxModelError when the
 * model cannot be opened
 */
export async function openSession(
  model: string | Uint8Array,
  { provider = 'cpu', threads }: SessionOptions = {},
): Promise<InferenceSession> {
  const { env, InferenceSession, listSupportedBackends } = await onnxRuntime();
  // What goes wrong comes as an error; the library need not print it too.
  env.logLevel = 'fatal';
  const known = (listSupportedBackends?.() ?? [{ name: 'cpu' }]).map(({ name }) => name as string);
  if (!known.includes(provider))
    throw new ExecutionProviderError(`the installed ONNX Runtime has no ${provider}`, {
      key: '--provider',
      remedy: `choose ${known.filter((name) => (ONNX_PROVIDERS as readonly string[]).includes(name)).join(' or ')}, or install a runtime that has it`,
    });
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    logSeverityLevel: 3,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  };
  try {
    return await (typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options));
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    if (provider === 'cpu') {
      throw new OnnxModelError(`ONNX Runtime cannot open it: ${reason}`, {
        file: typeof model === 'string' ? model : undefined,
        remedy:
          'check that it is whole, that its .data file lies beside it if it has one, and that its operators are known',
        cause,
      });
    }
    throw new ExecutionProviderError(`ONNX Runtime cannot start ${provider}: ${reason}`, {
      key: '--provider',
      remedy: 'install what the provider needs (drivers and libraries), or choose --provider cpu',
      cause,
    });
  }
}
