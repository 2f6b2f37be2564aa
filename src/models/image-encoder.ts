import type { Tensor } from '../engine/index.ts';
import type { Module } from '../nn/index.ts';

/** Beginnings of the names of the parameters (and buffers) that one step of an encoder holds: a stem, or a block. */
export type StepNames = readonly string[];

/**
 * The steps of an encoder from the image to the deepest map, in four stages (fewer for a shallower encoder): the first
 * ends with the map of stride 4 and includes the stem, the last with that of stride 32.
 */
export type EncoderStages = readonly (readonly StepNames[])[];

/** The part of a network that turns images into maps: what pre-training trains and fine-tuning freezes. */
export type ImageEncoder<FeatureMap extends Tensor | null = Tensor | null> = Module & {
  /** @returns maps `[N, Cᵢ, Hᵢ, Wᵢ]`, finest first (the image itself may lead); null where there is none */
  forward(images: Tensor): FeatureMap[];
  readonly encoderStages: EncoderStages;
};

/** The parts that surround the blocks of a stage. */
interface Surroundings {
  /** A stem: a step of its own. */
  readonly stem?: StepNames;
  /** What leads into the stage and belongs to its first block. */
  readonly before?: StepNames;
  /** What follows the last block and belongs to it. */
  readonly after?: StepNames;
}

/** The steps of a stage whose blocks are the children of the module at `path`, all of them or those in a range. */
export function stageSteps(
  encoder: Module,
  path: string,
  { stem, before = [], after = [] }: Surroundings = {},
  [from, to]: readonly [number, number] = [0, Number.POSITIVE_INFINITY],
): StepNames[] {
  const names = Array.from(encoder.getModule(path)?.namedChildren() ?? [], ([name]) => name);
  const blocks = names.slice(from, to).map((name) => [`${path}.${name}`]);
  blocks[0]?.unshift(...before);
  blocks.at(-1)?.push(...after);
  return stem ? [stem, ...blocks] : blocks;
}

/** The names of an encoder's steps as the network around it has them. */
export function withEncoderPath(path: string, stages: EncoderStages): EncoderStages {
  return stages.map((steps) => steps.map((names) => names.map((name) => `${path}.${name}`)));
}

/** Whether a parameter's name is at or below one of the given ones. */
export function belongsTo(name: string, prefixes: StepNames): boolean {
  return prefixes.some((prefix) => name === prefix || name.startsWith(`${prefix}.`));
}

/** The layers of a network in the order of depth: encoder steps (or stages), then everything else. */
export interface LayerDepth {
  /** Number of the last layer, which holds the decoder and the head. */
  readonly layers: number;
  /** Layer of a parameter, 0 at the image. */
  depthOf(name: string): number;
}

/** Numbers the layers of a network by the steps or stages of its encoder. */
export function layerDepth(stages: EncoderStages, by: 'block' | 'stage'): LayerDepth {
  const layers = by === 'block' ? stages.flat() : stages.map((steps) => steps.flat());
  return {
    layers: layers.length,
    depthOf(name) {
      const found = layers.findIndex((prefixes) => belongsTo(name, prefixes));
      return found === -1 ? layers.length : found;
    },
  };
}
