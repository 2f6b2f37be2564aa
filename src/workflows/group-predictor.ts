import { applyRule, asProbabilities, type Layer } from '../ensemble/index.ts';
import { CombinedPredictor } from '../inference/combined-predictor.ts';
import type { Core, Predictor, Tile } from '../inference/index.ts';
import { allocateCells } from '../raster/index.ts';
import { type PredictorSettings, predictorOf, wantsLogits } from './grouped-inference.ts';
import type { ModelGroup } from './grouped-models.ts';

/** The bands that a group reads, from 1 up: those of all its networks. */
export function groupChannels({ models }: ModelGroup): number[] {
  return [...new Set(models.flatMap(({ description }) => description.channels))].sort((a, b) => a - b);
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Several networks and the rule that joins them, as one predictor: what maps and zones are made with. Owns the networks. */
export class GroupPredictor extends CombinedPredictor {
  readonly channels: number;
  readonly classes: number;
  readonly divisor: number;
  readonly engine: string;
  readonly fingerprint: string;
  private readonly group: ModelGroup;
  private readonly members: readonly { name: string; predictor: Predictor; places: readonly number[] }[];

  /** @throws errors of checkpoints */
  constructor(group: ModelGroup, options: PredictorSettings) {
    super();
    const read = groupChannels(group);
    this.group = group;
    this.members = group.models.map((model) => ({
      name: model.name,
      predictor: predictorOf(model, options),
      places: model.description.channels.map((band) => read.indexOf(band)),
    }));
    this.channels = read.length;
    this.classes = group.classes.length;
    this.divisor = this.members.reduce(
      (lcm, { predictor: { divisor } }) => (lcm / gcd(lcm, divisor)) * divisor,
      1,
    );
    const engines = new Set(this.members.map(({ predictor }) => predictor.engine));
    this.engine = `${this.members.length} networks: ${[...engines].join('; ')}`;
    const weights = this.members.map(({ name, predictor }) => [name, predictor.fingerprint ?? '']);
    this.fingerprint = JSON.stringify([weights, group.rule]);
  }

  protected async combine(tiles: readonly Tile[], cores: readonly Core[]): Promise<Float32Array[]> {
    const { rule } = this.group;
    const kind = wantsLogits(rule) ? 'logits' : 'probabilities';
    const layers = tiles.map(() => new Map<string, Layer>());
    for (const { name, predictor, places } of this.members) {
      const found = await predictor.predict(
        tiles.map((tile) => pickChannels(tile, places)),
        kind,
        cores,
      );
      for (const [i, data] of found.entries()) layers[i]!.set(name, { kind, data, one: 1 });
    }
    return layers.map((said) => {
      const { data, one } = asProbabilities(applyRule(rule, said, this.classes), this.classes);
      return Float32Array.from(data, (value) => value / one);
    });
  }

  dispose(): void {
    for (const { predictor } of this.members) predictor.dispose();
  }
}

function pickChannels(tile: Tile, places: readonly number[]): Tile {
  const plane = tile.width * tile.height;
  const pixels = allocateCells(tile.dataType, places.length * plane);
  for (const [to, from] of places.entries())
    pixels.set(tile.pixels.subarray(from * plane, (from + 1) * plane), to * plane);
  return { ...tile, pixels };
}
