import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { InferenceSession } from 'onnxruntime-node';
import { float16ToFloat32 } from '../../weights/index.ts';
import { ModelMismatchError } from '../errors.ts';
import type { NetworkDescription } from '../load-predictor.ts';
import type { Core, PredictionKind, Predictor, Tile, TilePart } from '../predictor.ts';
import { ExecutionProviderError, OnnxModelError } from './errors.ts';
import { type OnnxCard, readOnnxCard } from './model-card.ts';
import { normaliseTile } from './normalise.ts';
import { answerPart, type TileAnswer } from './scores.ts';

/** How {@link OnnxPredictor} computes. */
export interface OnnxPredictorOptions {
  /** `cpu` (the default), `cuda`, `coreml`, `dml` or `webgpu`, where the installed ONNX Runtime has it. */
  readonly device?: string;
  readonly threads?: number;
  /** What the network is, where that is known better than from the file. */
  readonly description?: NetworkDescription;
}

const wholeOf = ({ width, height }: Tile): Core => ({ x: 0, y: 0, width, height });

/** Predicts with ONNX Runtime. Needs no libtorch: the file is everything. */
export class OnnxPredictor implements Predictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor: number;
  readonly engine: string;
  private readonly file: string;
  private readonly card: OnnxCard;
  private readonly description: NetworkDescription;
  private readonly device: string;
  private readonly threads: number | undefined;
  private session: Promise<InferenceSession> | undefined;
  private digest: string | undefined;

  /** @throws OnnxModelError when the file is no segmentation network */
  constructor(file: string, { device = 'cpu', threads, description }: OnnxPredictorOptions = {}) {
    this.file = file;
    this.card = readOnnxCard(file);
    this.description = description ?? this.card.description;
    this.channels = this.description.channels.length;
    this.classes = this.card.description.classes.length;
    this.divisor = this.card.divisor;
    this.device = device.split(':')[0]!;
    this.threads = threads;
    this.engine = `ONNX Runtime, ${this.device}`;
  }

  /** SHA-256 of the file, made when it is first asked for. */
  get fingerprint(): string {
    this.digest ??= createHash('sha256').update(readFileSync(this.file)).digest('hex');
    return this.digest;
  }

  predict(tiles: readonly Tile[], kind: 'classes', cores?: readonly Core[]): Promise<Uint8Array[]>;
  predict(
    tiles: readonly Tile[],
    kind: 'probabilities' | 'logits',
    cores?: readonly Core[],
  ): Promise<Float32Array[]>;
  async predict(
    tiles: readonly Tile[],
    kind: PredictionKind,
    cores?: readonly Core[],
  ): Promise<Uint8Array[] | Float32Array[]> {
    const parts = tiles.map((tile, i) => [{ core: cores?.[i] ?? wholeOf(tile), kind }]);
    return (await this.predictParts(tiles, parts)).flat() as Uint8Array[] | Float32Array[];
  }

  async predictParts(
    tiles: readonly Tile[],
    parts: readonly (readonly TilePart[])[],
  ): Promise<(Uint8Array | Float32Array)[][]> {
    const results: (Uint8Array | Float32Array)[][] = [];
    // One by one, a tile's answer does not depend on its neighbours in the batch.
    for (const [i, tile] of tiles.entries()) {
      const answer = await this.run(tile);
      results.push(parts[i]!.map(({ core, kind }) => answerPart(answer, core, kind)));
    }
    return results;
  }

  private async run(tile: Tile): Promise<TileAnswer> {
    const { card, channels } = this;
    const { width, height } = tile;
    if (card.side !== undefined && (width !== card.side || height !== card.side))
      throw new ModelMismatchError(
        `the file takes ${card.side} × ${card.side} pixels, not ${width} × ${height}`,
        {
          file: this.file,
          key: '--tile',
          remedy: `pass --tile ${card.side}, or export with --dynamic`,
        },
      );
    const { Tensor } = await runtime();
    const input = new Float32Array(channels * width * height);
    const normalization = card.normalizes ? ({ kind: 'scaling' } as const) : this.description.normalization;
    normaliseTile(tile, channels, normalization, input, 0, card.channelsLast);
    const shape = card.channelsLast ? [1, height, width, channels] : [1, channels, height, width];
    this.session ??= this.open();
    const session = await this.session;
    const outputs = await session.run({ [card.model.inputs[0]!.name]: new Tensor('float32', input, shape) });
    const output = outputs[card.model.outputs[0]!.name]!;
    const [rows, columns] = card.channelsLast ? output.dims.slice(1, 3) : output.dims.slice(-2);
    if (rows !== height || columns !== width)
      throw new OnnxModelError(`it answers with ${columns} × ${rows} pixels for ${width} × ${height}`, {
        file: this.file,
        remedy: 'export it with the answer at the size of the images',
      });
    return { kind: card.answer, values: this.planar(output), classes: this.classes, width, height };
  }

  /** Values as numbers, classes before rows. */
  private planar(output: {
    readonly type: string;
    readonly data: unknown;
    readonly dims: readonly number[];
  }) {
    const raw = output.data as Float32Array;
    const values =
      output.type === 'float16'
        ? float16ToFloat32(new Uint16Array(raw.buffer, raw.byteOffset, raw.length))
        : raw;
    if (!this.card.channelsLast || output.dims.length !== 4) return values;
    const classes = output.dims[3]!;
    const area = values.length / classes;
    return values.map((_, i) => values[(i % area) * classes + Math.floor(i / area)]!);
  }

  private async open(): Promise<InferenceSession> {
    const { InferenceSession, listSupportedBackends } = await runtime();
    const backends = (listSupportedBackends?.() ?? [{ name: 'cpu' }]).map(({ name }) => name);
    if (!backends.includes(this.device))
      throw new ExecutionProviderError(`the installed ONNX Runtime has no ${this.device}`, {
        key: '--device',
        remedy: `choose one of ${backends.join(', ')}, or install a runtime that has it`,
      });
    return InferenceSession.create(this.file, {
      executionProviders: [this.device],
      logSeverityLevel: 3,
      ...(this.threads === undefined ? {} : { intraOpNumThreads: this.threads }),
    });
  }

  dispose(): void {
    void this.session?.then((session) => session.release());
    this.session = undefined;
  }
}

/** ONNX Runtime, loaded when it is first needed. */
async function runtime(): Promise<typeof import('onnxruntime-node')> {
  const loaded = (await import('onnxruntime-node')) as unknown as {
    default?: typeof import('onnxruntime-node');
  };
  return loaded.default ?? (loaded as unknown as typeof import('onnxruntime-node'));
}
