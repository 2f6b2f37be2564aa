import { measuredNetworks } from './catalog.gen.ts';
import { families } from './registry.ts';

/** Published weights that a network can start from. */
export interface PublishedWeights {
  /** Repository on the Hugging Face hub, or the address of a page with files to download. */
  readonly repository: string;
  readonly licence: string;
  /** Whether the whole network was published, or its encoder alone. */
  readonly part: 'network' | 'encoder';
}

/** A network as `arpent models` lists it. */
export interface CatalogEntry {
  readonly name: string;
  /** Library whose names and numbers it has. */
  readonly family: string;
  /** Trainable parameters in millions, for 3 bands and 19 classes; undefined when it was not measured. */
  readonly parameters: number | undefined;
  /** Billions of multiply-accumulates for one 512 × 512 image. */
  readonly gmac: number | undefined;
  readonly weights: readonly PublishedWeights[];
}

/** Every network there is, in the order of families and names. */
export function modelCatalog(): CatalogEntry[] {
  return families.flatMap((family) =>
    family.names().map((name) => {
      const [parameters, gmac] = measuredNetworks[name] ?? [];
      return { name, family: family.name, parameters, gmac, weights: family.weights(name) };
    }),
  );
}
