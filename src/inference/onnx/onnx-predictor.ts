import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { float16ToFloat32, float32ToFloat16 } from '../../weights/index.ts';
import { ModelMismatchError } from '../errors.ts';
import type { NetworkDescription } from '../load-predictor.ts';
import { PartsPredictor } from '../parts-predictor.ts';
import type { Tile, TilePart } from '../predictor.ts';
import { OnnxModelError } from './errors.ts';
import { fullSize } from './full-size.ts';
import { type OnnxCard, readOnnxCard } from './model-card.ts';
import { normaliseTile, type PixelScaling, pixelScaling } from './normalise.ts';
import { type OnnxProvider, onnxRuntime, openSession } from './runtime.ts';
import { answerPart, type TileAnswer } from './scores.ts';

/** How {@link OnnxPredictor} computes. */
export interface OnnxPredictorOptions {
  /** The processor by default. */
  readonly provider?: OnnxProvider;
  readonly threads?: number | undefined;
  /** What the network is, where that is known better than from the file. */
  readonly description?: NetworkDescription;
}

/** Predicts with ONNX Runtime. Needs no libtorch: the file is everything. */
export class OnnxPredictor extends PartsPredictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor: number;
  readonly engine: string;
  private readonly file: string;
  private readonly card: OnnxCard;
  private readonly scaling: PixelScaling;
  private readonly provider: OnnxProvider;
  private readonly threads: number | undefined;
  private session: Promise<InferenceSession> | undefined;
  private digest: string | undefined;

  /** @throws OnnxModelError when the file is no segmentation network; ModelMismatchError for another number of channels */
  constructor(file: string, { provider = 'cpu', threads, description }: OnnxPredictorOptions = {}) {
    super();
    this.file = file;
    this.card = readOnnxCard(file);
    const { channels, normalization } = description ?? this.card.description;
    this.channels = this.card.description.channels.length;
    if (channels.length !== this.channels)
      throw new ModelMismatchError(`it takes ${this.channels} channels, ${channels.length} are chosen`, {
        ...{ file, key: 'channels' },
        remedy: `choose ${this.channels} bands, in the order the network was trained with`,
      });
    this.classes = this.card.description.classes.length;
    this.divisor = this.card.divisor;
    this.scaling = pixelScaling(normalization, this.card, file);
    this.provider = provider;
    this.threads = threads;
    this.engine = `ONNX Runtime, ${provider}`;
  }

  /** SHA-256 of the file and its external weights, made when it is first asked for. */
  get fingerprint(): string {
    if (this.digest === undefined) {
      const hash = createHash('sha256').update(readFileSync(this.file));
      const weights = `${this.file}.data`;
      if (existsSync(weights)) hash.update(readFileSync(weights));
      this.digest = hash.digest('hex');
    }
    return this.digest;
  }

  async predictParts(
    tiles: readonly Tile[],
    parts: readonly (readonly TilePart[])[],
  ): Promise<(Uint8Array | Float32Array)[][]> {
    // On the processor batches gain nothing; one by one, a tile's answer does not depend on its neighbours in the batch.
    const together = this.card.batch ?? (this.provider === 'cpu' ? 1 : tiles.length);
    const results: (Uint8Array | Float32Array)[][] = [];
    for (let first = 0; first < tiles.length; first += together) {
      const answers = await this.run(tiles.slice(first, first + together));
      for (const [i, answer] of answers.entries())
        results.push(parts[first + i]!.map(({ core, kind }) => answerPart(answer, core, kind)));
    }
    return results;
  }

  private async run(tiles: readonly Tile[]): Promise<TileAnswer[]> {
    const { card, channels } = this;
    const { width, height } = tiles[0]!;
    this.requireSide(width, height);
    const images = card.batch ?? tiles.length;
    const count = channels * width * height;
    const bytes = card.model.inputs[0]!.type === 'uint8';
    const pixels = bytes ? new Uint8Array(images * count) : new Float32Array(images * count);
    const scaling: PixelScaling = bytes ? () => [1, 0] : this.scaling;
    for (const [i, tile] of tiles.entries())
      normaliseTile(tile, channels, scaling, pixels, i * count, card.channelsLast);
    const shape = card.channelsLast ? [images, height, width, channels] : [images, channels, height, width];
    this.session ??= openSession(this.file, { provider: this.provider, threads: this.threads });
    const session = await this.session;
    const outputs = await session.run({ [card.model.inputs[0]!.name]: await this.input(pixels, shape) });
    const output = outputs[card.model.outputs[0]!.name]!;
    const [rows, columns] = card.channelsLast ? output.dims.slice(1, 3) : output.dims.slice(-2);
    const answer = { values: this.planar(output), width: columns!, height: rows! };
    const values = fullSize(answer, { width, height });
    if (values === null)
      throw new OnnxModelError(`it answers with ${columns} × ${rows} pixels for ${width} × ${height}`, {
        file: this.file,
        remedy: 'export it with the answer at the size of the images',
      });
    const each = values.length / images;
    return tiles.map((_, i) => ({
      ...{ kind: card.answer, classes: this.classes, width, height },
      values: values.subarray(i * each, (i + 1) * each),
    }));
  }

  private requireSide(width: number, height: number): void {
    const { side } = this.card;
    if (side === undefined || (width === side && height === side)) return;
    throw new ModelMismatchError(`the file takes ${side} × ${side} pixels, not ${width} × ${height}`, {
      ...{ file: this.file, key: '--tile' },
      remedy: `pass --tile ${side} to map, or export the network with --size dynamic`,
    });
  }

  private async input(pixels: Float32Array | Uint8Array, shape: number[]): Promise<Tensor> {
    const { Tensor } = await onnxRuntime();
    const { type } = this.card.model.inputs[0]!;
    if (type === 'uint8') return new Tensor('uint8', pixels as Uint8Array, shape);
    if (type === 'float32') return new Tensor('float32', pixels as Float32Array, shape);
    if (type === 'float16') return new Tensor('float16', float32ToFloat16(pixels as Float32Array), shape);
    throw new OnnxModelError(`it takes images of type ${type}`, {
      file: this.file,
      remedy: 'export it for float32 images',
    });
  }

  /** Values as numbers, classes before rows. */
  private planar({ data: raw, dims, type }: Tensor): TileAnswer['values'] {
    const data = raw as Float32Array;
    const values =
      type === 'float16'
        ? float16ToFloat32(new Uint16Array(data.buffer, data.byteOffset, data.length))
        : data;
    if (!this.card.channelsLast || dims.length !== 4) return values;
    const [images, classes] = [dims[0]!, dims[3]!];
    const area = values.length / classes / images;
    const result = new Float32Array(values.length);
    for (let image = 0; image < images; image++)
      for (let i = 0; i < area; i++)
        for (let k = 0; k < classes; k++)
          result[(image * classes + k) * area + i] = values[(image * area + i) * classes + k]!;
    return result;
  }

  dispose(): void {
    // A session that did not open was reported when it was waited for.
    void this.session?.then((session) => session.release()).catch(() => {});
    this.session = undefined;
  }
}
