import { flairZone } from '../../raster/index.ts';
import type { Patch } from '../patch-list.ts';
import type { Occurrence, SetAudit } from './set-audit.ts';

/** Images with the same pixels. */
export interface DuplicateImages {
  readonly images: readonly { readonly set: string; readonly patch: Patch }[];
  /** Whether they stand in different lists: what is learned would also be tested. */
  readonly leaks: boolean;
}

/** Zones that stand in more than one list: neighbours of learned patches would be tested. */
export interface SharedZone {
  readonly zone: string;
  /** By list: how many patches, and the first of them. */
  readonly sets: Readonly<Record<string, Occurrence>>;
}

/** Images whose pixels are those of another image of the lists, a path that is listed twice included. */
export function findDuplicates(sets: readonly SetAudit[]): DuplicateImages[] {
  const byHash = new Map<string, { set: string; patch: Patch }[]>();
  for (const { name, images } of sets) {
    for (const { patch, pixelHash } of images) {
      const group = byHash.get(pixelHash);
      if (group) group.push({ set: name, patch });
      else byHash.set(pixelHash, [{ set: name, patch }]);
    }
  }
  return [...byHash.values()]
    .filter((group) => group.length > 1)
    .map((images) => ({ images, leaks: new Set(images.map(({ set }) => set)).size > 1 }))
    .sort((one, other) => Number(other.leaks) - Number(one.leaks));
}

/** Zones of FLAIR's layout (`D004_2021/Z1_NN`) that several lists share. */
export function findSharedZones(sets: readonly SetAudit[]): SharedZone[] {
  const zones = new Map<string, Record<string, Occurrence>>();
  for (const { name, images } of sets) {
    for (const { patch } of images) {
      const zone = flairZone(patch.image);
      if (zone === null) continue;
      const counts = zones.get(zone) ?? {};
      const { patches = 0, first = patch } = counts[name] ?? {};
      counts[name] = { patches: patches + 1, first };
      zones.set(zone, counts);
    }
  }
  return [...zones]
    .filter(([, counts]) => Object.keys(counts).length > 1)
    .map(([zone, counts]) => ({ zone, sets: counts }))
    .sort((one, other) => (one.zone < other.zone ? -1 : 1));
}
