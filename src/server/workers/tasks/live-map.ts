import { type MapLayout, mapLayout, type Place, placeCount, placeOf } from '../../../inference/map/layout.ts';
import { blankInvalid, MAP_NODATA } from '../../../inference/map/products.ts';
import { WindowReader } from '../../../inference/map/read-window.ts';
import { intersectWindows, type Raster, type RasterWindow } from '../../../raster/index.ts';
import { liveWindows } from '../../live-layout.ts';
import type { ModelSource, RasterSource } from '../messages.ts';
import { chosenModel, type LoadedModel, modelKey } from './models.ts';
import { openSource } from './open-source.ts';

/** Bytes of predicted cells that are remembered. */
const REMEMBERED = 256 * 2 ** 20;

/** Classes of predicted windows, by map and number; the first entry is the one that was not used for longest. */
const finished = new Map<string, Uint8Array>();
let bytes = 0;

function remember(key: string, cells: Uint8Array): void {
  finished.set(key, cells);
  bytes += cells.length;
  for (const [oldest, old] of finished) {
    if (bytes <= REMEMBERED) break;
    finished.delete(oldest);
    bytes -= old.length;
  }
}

/**
 * A map that is made window by window as somebody looks at it. Its windows are those of `arpent map` with the same tile
 * and margin, so its pixels are too.
 */
export class LiveMap {
  readonly raster: Raster;
  readonly model: LoadedModel;
  readonly layout: MapLayout;
  private readonly key: string;
  private readonly reader: WindowReader;

  private constructor(raster: Raster, model: LoadedModel, key: string) {
    this.raster = raster;
    this.model = model;
    this.key = key;
    const { divisor } = model.predictor;
    this.layout = mapLayout(raster, { ...liveWindows(divisor, model.side), blend: 'crop' }, divisor);
    const options = { padding: 'reflect', masked: true, skipBad: false, stretch: null, areas: null } as const;
    this.reader = new WindowReader(raster, options);
  }

  /** @throws MissingBandError where the raster lacks a band that the network sees */
  static async of(source: RasterSource, models: readonly ModelSource[]): Promise<LiveMap> {
    const model = await chosenModel(models);
    const raster = await openSource(source, { bands: model.description.channels, palette: 'rgb' });
    return new LiveMap(raster, model, `${source.path}|${modelKey(models)}`);
  }

  /** The windows whose pixels meet a part of the raster. */
  places(part: RasterWindow): Place[] {
    const touched: Place[] = [];
    for (let index = 0; index < placeCount(this.layout); index++) {
      const place = placeOf(this.layout, index);
      if (intersectWindows(place.own, part) !== null) touched.push(place);
    }
    return touched;
  }

  /** Classes of a window's own pixels where they were predicted already. */
  known({ index }: Place): Uint8Array | undefined {
    return finished.get(`${this.key}#${index}`);
  }

  /** Classes of a window's own pixels, `[own.height, own.width]`; {@link MAP_NODATA} where nothing is mapped. */
  async classes(place: Place): Promise<Uint8Array> {
    const key = `${this.key}#${place.index}`;
    const known = finished.get(key);
    if (known !== undefined) {
      finished.delete(key);
      finished.set(key, known);
      return known;
    }
    const { tile, valid } = await this.reader.read(place);
    const { own, window } = place;
    let cells: Uint8Array;
    if (tile === null) cells = new Uint8Array(own.width * own.height).fill(MAP_NODATA);
    else {
      const core = { x: own.x - window.x, y: own.y - window.y, width: own.width, height: own.height };
      [cells] = (await this.model.predictor.predict([tile], 'classes', [core])) as [Uint8Array];
      blankInvalid({ classes: cells }, valid);
    }
    remember(key, cells);
    return cells;
  }

  /** Probabilities of the classes in one cell of the raster. */
  async probabilities(column: number, row: number): Promise<Float32Array> {
    const [place] = this.places({ x: column, y: row, width: 1, height: 1 });
    const { tile } = await this.reader.read(place!);
    if (tile === null) return new Float32Array(this.model.predictor.classes);
    const core = { x: column - place!.window.x, y: row - place!.window.y, width: 1, height: 1 };
    return (await this.model.predictor.predict([tile], 'probabilities', [core]))[0]!;
  }
}
