import type { InferenceSession } from 'onnxruntime-web';
import { answerPart, type TileAnswer } from '../../inference/onnx/scores.ts';
import type { Core } from '../../inference/predictor.ts';
import type { BrowserGraph } from '../api.ts';
import type { LocalModel } from './messages.ts';
import { loadRuntime, loadWasm, type Runtime } from './runtime.ts';

/** A square of raw cells, planar `[C, side, side]`. */
export interface Square {
  readonly pixels: ArrayLike<number>;
  readonly side: number;
}

let shared: Promise<Runtime> | undefined;

/** Pixels as the graph takes them. */
function scaled({ pixels, side }: Square, bands: readonly number[], graph: BrowserGraph) {
  const area = side * side;
  const { channels, scaling, channelsLast } = graph;
  const count = channels.length * area;
  const target = graph.input.type === 'uint8' ? new Uint8Array(count) : new Float32Array(count);
  const [step, jump] = channelsLast ? [channels.length, 1] : [1, area];
  for (const [c, band] of channels.entries()) {
    const [factor, shift] = scaling[c]!;
    const from = bands.indexOf(band) * area;
    for (let i = 0, to = c * jump; i < area; i++, to += step) target[to] = pixels[from + i]! * factor + shift;
  }
  return target;
}

/** A network of an ONNX file that runs in this page. */
export class LocalNetwork {
  readonly graph: BrowserGraph;
  /** `webgpu` or `wasm`. */
  readonly provider: string;
  private readonly session: InferenceSession;
  private readonly runtime: Runtime;

  private constructor(graph: BrowserGraph, session: InferenceSession, runtime: Runtime) {
    this.graph = graph;
    this.session = session;
    this.runtime = runtime;
    this.provider = runtime.provider;
  }

  /** Fetches a file and has it predict once; where the graphics processor cannot, WebAssembly does. */
  static async load({ id, graph }: LocalModel): Promise<LocalNetwork> {
    const response = await fetch(`/api/models/${id}/file`);
    if (!response.ok) throw new Error(`the model cannot be fetched (${response.status})`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    shared ??= loadRuntime();
    const runtime = await shared;
    try {
      return await LocalNetwork.start(graph, bytes, runtime);
    } catch (error) {
      if (runtime.provider === 'wasm') throw error;
      shared = loadWasm();
      return LocalNetwork.start(graph, bytes, await shared);
    }
  }

  private static async start(
    graph: BrowserGraph,
    bytes: Uint8Array,
    runtime: Runtime,
  ): Promise<LocalNetwork> {
    const session = await runtime.InferenceSession.create(bytes, { executionProviders: [runtime.provider] });
    const network = new LocalNetwork(graph, session, runtime);
    const side = graph.tile;
    const nothing = { pixels: new Uint8Array(graph.channels.length * side * side), side };
    await network.probabilities(nothing, graph.channels, { x: 0, y: 0, width: 1, height: 1 });
    return network;
  }

  private async answer(square: Square, bands: readonly number[]): Promise<TileAnswer> {
    const { graph, session, runtime } = this;
    const { side } = square;
    const data = scaled(square, bands, graph);
    const shape = graph.channelsLast ? [1, side, side, bands.length] : [1, graph.channels.length, side, side];
    const input =
      data instanceof Uint8Array
        ? new runtime.Tensor('uint8', data, shape)
        : new runtime.Tensor('float32', data, shape);
    const output = (await session.run({ [graph.input.name]: input }))[graph.output]!;
    const raw = (await output.getData()) as Float32Array | Uint8Array | BigInt64Array;
    const values = graph.channelsLast && output.dims.length === 4 ? planar(raw, graph.classes) : raw;
    return { kind: graph.answer, values, classes: graph.classes, width: side, height: side } as TileAnswer;
  }

  /** Probabilities of a part of a square, `[K, height, width]`. @param bands of the square's planes */
  async probabilities(square: Square, bands: readonly number[], core: Core): Promise<Float32Array> {
    const answer = await this.answer(square, bands);
    if (answer.kind !== 'classes') return answerPart(answer, core, 'probabilities') as Float32Array;
    const area = core.width * core.height;
    const certain = new Float32Array(this.graph.classes * area);
    for (const [i, best] of answerPart(answer, core, 'classes').entries()) certain[best * area + i] = 1;
    return certain;
  }

  /** Classes of a part of a square, `[height, width]`. */
  async classes(square: Square, bands: readonly number[], core: Core): Promise<Uint8Array> {
    return answerPart(await this.answer(square, bands), core, 'classes') as Uint8Array;
  }

  release(): void {
    void this.session.release();
  }
}

/** Values by class, then by pixel, of values by pixel, then by class. */
function planar(values: Float32Array | Uint8Array | BigInt64Array, classes: number): Float32Array {
  const area = values.length / classes;
  return Float32Array.from({ length: values.length }, (_, i) =>
    Number(values[(i % area) * classes + Math.floor(i / area)]),
  );
}
