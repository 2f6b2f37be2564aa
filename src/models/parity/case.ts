import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArpentError } from '../../core/index.ts';

/** Which network of which library a case was made with. */
export interface ParityReference {
  /** `segmentation_models_pytorch`, `transformers`, `timm`, … */
  readonly library: string;
  /** smp: the decoder, lower case. */
  readonly arch?: string;
  /** smp: the encoder. timm: the network. */
  readonly encoder?: string;
  /** transformers: the case's name; the network itself is in `config`. */
  readonly name?: string;
  /** transformers: the whole configuration, as in `config.json`. */
  readonly config?: Readonly<Record<string, unknown>> | null;
  readonly in_channels: number;
  readonly classes: number;
  /** smp and timm: further options of the reference's constructor, by its names. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A tensor that the weight recipe makes from its name. */
export interface RecipeTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** One reference network run on one input: `case.json` of a parity folder. */
export interface ParityCase {
  readonly id: string;
  readonly folder: string;
  readonly reference: ParityReference;
  readonly input: RecipeTensor;
  readonly classes: number;
  /** Every parameter and buffer under its published name. */
  readonly parameters: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly dtype: string }>
  >;
  /** Number of trainable parameters. */
  readonly trainable: number;
  /**
   * Outputs in evaluation mode, by name, with their shapes; the numbers are in `outputs.safetensors`, there too, as
   * `exact.NAME`, those of the reference in float64 where its float32 ones are too far from them to compare with.
   */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Only one in so many elements of each output is stored (test fixtures); all when left out. */
  readonly sampleStep?: number;
  readonly train?: {
    readonly input: RecipeTensor;
    readonly labels: RecipeTensor;
    readonly loss: number;
    /** L2 norm of each parameter's gradient. */
    readonly gradient_l2: Readonly<Record<string, number>>;
    /** The same of the reference in float64; only where its float32 numbers are too far from them to compare with. */
    readonly exact?: { readonly loss: number; readonly gradient_l2: Readonly<Record<string, number>> };
  };
}

/** A folder that does not hold a parity case. */
export class ParityCaseError extends ArpentError {}

type StoredCase = Omit<ParityCase, 'folder'> & { readonly config?: ParityReference['config'] };

/**
 * Reads the `case.json` of a folder.
 *
 * @throws {@link ParityCaseError} when it is missing or no JSON
 */
export function readParityCase(folder: string): ParityCase {
  const file = join(folder, 'case.json');
  try {
    const { config, ...stored } = JSON.parse(readFileSync(file, 'utf8')) as StoredCase;
    const reference = config ? { ...stored.reference, config } : stored.reference;
    return { ...stored, reference, folder };
  } catch (cause) {
    throw new ParityCaseError('this is no parity case', {
      file,
      remedy: 'give a folder that holds case.json and outputs.safetensors, or a folder of such folders',
      cause,
    });
  }
}
