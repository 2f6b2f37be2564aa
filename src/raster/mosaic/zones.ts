import { sameCrs } from '../crs.ts';
import { MissingGeoreferenceError } from '../errors.ts';
import { cellSize, type GeoTransform, geoToPixel, windowGeoTransform } from '../geotransform.ts';
import { commonDataType, type RasterDataType } from '../pixel-block.ts';
import type { RasterInfo } from '../raster-info.ts';
import { type RasterWindow, uniteWindows } from '../window.ts';
import { connectedWindows } from './connected.ts';
import type { Mosaic, MosaicSource } from './vrt.ts';

/** A raster that may belong to a zone: its path and its header. */
export interface Patch {
  readonly path: string;
  readonly info: RasterInfo;
}

/** Patches that touch one another, seen as one raster. `sources[i].window` is where a patch lies in it. */
export interface Zone extends Mosaic {
  /** `D012_2019/Z2_UF` in FLAIR's layout, else `zone-1`, `zone-2`, … */
  readonly name: string;
}

/** The zone of a path in FLAIR's layout (`…/D012_2019/Z2_UF/img/IMG_062871.tif`), or null. */
export function flairZone(path: string): string | null {
  const match = /(?:^|[/\\])(D\d{3}_\d{4})[/\\](Z\d+_[A-Z]{2})(?=[/\\])/.exec(path);
  return match === null ? null : `${match[1]}/${match[2]}`;
}

/** Patches on one grid: same CRS, cells, bands and types, and the same FLAIR zone if any. */
interface Group {
  readonly crs: string | null;
  readonly geoTransform: GeoTransform;
  readonly bandCount: number;
  readonly dataType: RasterDataType;
  readonly noData: number | null;
  readonly flair: string | null;
  readonly patches: Patch[];
  readonly windows: RasterWindow[];
}

/** Cells whose borders differ by less than this part of a cell are on one grid; coordinates carry that much noise. */
const gridTolerance = 0.02;

function dataTypeOf({ bandInfo }: RasterInfo): RasterDataType {
  return commonDataType(bandInfo.map(({ dataType }) => dataType));
}

/** Where a patch lies on a group's grid, or null when it does not belong to it. */
function placeInGroup(group: Group, { path, info }: Patch, transform: GeoTransform): RasterWindow | null {
  if (group.flair !== flairZone(path) || group.bandCount !== info.bandCount) return null;
  if (group.dataType !== dataTypeOf(info) || group.noData !== (info.bandInfo[0]?.noData ?? null)) return null;
  // The far corner must agree as well as the near one, so the allowed stretch shrinks with the patch's size.
  const extent = Math.max(info.width, info.height);
  const cell = Math.min(...cellSize(group.geoTransform));
  const sameCells = [1, 2, 4, 5].every(
    (index) => Math.abs(group.geoTransform[index]! - transform[index]!) * extent < gridTolerance * cell,
  );
  if (!sameCells || !sameCrs(group.crs, info.crs)) return null;
  const [column, row] = geoToPixel(group.geoTransform, transform[0], transform[3]);
  const [x, y] = [Math.round(column), Math.round(row)];
  if (Math.abs(column - x) > gridTolerance || Math.abs(row - y) > gridTolerance) return null;
  return { x, y, width: info.width, height: info.height };
}

function groupPatches(patches: readonly Patch[]): Group[] {
  const groups: Group[] = [];
  for (const patch of patches) {
    const { path, info } = patch;
    const { geoTransform } = info;
    if (geoTransform === null) throw new MissingGeoreferenceError(path, 'its place in a zone');
    let placed = false;
    for (const group of groups) {
      const window = placeInGroup(group, patch, geoTransform);
      if (window === null) continue;
      group.patches.push(patch);
      group.windows.push(window);
      placed = true;
      break;
    }
    if (placed) continue;
    groups.push({
      crs: info.crs,
      geoTransform,
      bandCount: info.bandCount,
      dataType: dataTypeOf(info),
      noData: info.bandInfo[0]?.noData ?? null,
      flair: flairZone(path),
      patches: [patch],
      windows: [{ x: 0, y: 0, width: info.width, height: info.height }],
    });
  }
  return groups;
}

function zoneOf(name: string, group: Group, members: readonly number[]): Zone {
  const whole = members.map((index) => group.windows[index]!).reduce(uniteWindows);
  const sources = members.map((index): MosaicSource => {
    const { path, info } = group.patches[index]!;
    const window = group.windows[index]!;
    const placed = { ...window, x: window.x - whole.x, y: window.y - whole.y };
    return { path, window: placed, blockSize: info.blockSize, palette: false };
  });
  return {
    name,
    width: whole.width,
    height: whole.height,
    crs: group.crs,
    geoTransform: windowGeoTransform(group.geoTransform, whole),
    bandCount: group.bandCount,
    dataType: group.dataType,
    noData: group.noData,
    sources,
  };
}

/**
 * Gather georeferenced patches in zones: patches of one CRS on one grid of cells that touch (edges or corners) form a
 * zone; where paths follow FLAIR's layout, the zone is the one they name, connected or not. Zones and their patches keep the order
 * of the list.
 *
 * @throws MissingGeoreferenceError naming the first patch without georeference.
 */
export function groupIntoZones(patches: readonly Patch[]): Zone[] {
  let unnamed = 0;
  return groupPatches(patches).flatMap((group) => {
    const everything = group.patches.map((_, index) => index);
    const parts = group.flair === null ? connectedWindows(group.windows) : [everything];
    return parts.map((members) => zoneOf(group.flair ?? `zone-${++unnamed}`, group, members));
  });
}
