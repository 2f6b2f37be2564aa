import { flairZone } from '../../raster/index.ts';
import type { SetAudit } from './set-audit.ts';

/** Images with the same pixels. */
export interface DuplicateImages {
  readonly images: readonly { readonly set: string; readonly path: string }[];
  /** Whether they stand in different lists: what is learned would also be tested. */
  readonly leaks: boolean;
}

/** Zones that stand in more than one list: neighbours of learned patches would be tested. */
export interface SharedZone {
  readonly zone: string;
  /** Patches by list. */
  readonly sets: Readonly<Record<string, number>>;
}

/** Images whose pixels are those of another image of the lists, a path that is listed twice included. */
export function findDuplicates(sets: readonly SetAudit[]): DuplicateImages[] {
  const byHash = new Map<string, { set: string; path: string }[]>();
  for (const { name, images } of sets) {
    for (const { path, pixelHash } of images) {
      const group = byHash.get(pixelHash);
      if (group) group.push({ set: name, path });
      else byHash.set(pixelHash, [{ set: name, path }]);
    }
  }
  return [...byHash.values()]
    .filter((group) => group.length > 1)
    .map((images) => ({ images, leaks: new Set(images.map(({ set }) => set)).size > 1 }))
    .sort((one, other) => Number(other.leaks) - Number(one.leaks));
}

/** Zones of FLAIR's layout (`D004_2021/Z1_NN`) that several lists share. */
export function findSharedZones(sets: readonly SetAudit[]): SharedZone[] {
  const zones = new Map<string, Record<string, number>>();
  for (const { name, images } of sets) {
    for (const { path } of images) {
      const zone = flairZone(path);
      if (zone === null) continue;
      const counts = zones.get(zone) ?? {};
      counts[name] = (counts[name] ?? 0) + 1;
      zones.set(zone, counts);
    }
  }
  return [...zones]
    .filter(([, counts]) => Object.keys(counts).length > 1)
    .map(([zone, counts]) => ({ zone, sets: counts }))
    .sort((one, other) => (one.zone < other.zone ? -1 : 1));
}
