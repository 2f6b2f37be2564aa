import type { ImageTile, MapBrowserEvent } from 'ol';
import MousePosition from 'ol/control/MousePosition.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import Zoom from 'ol/control/Zoom.js';
import Polygon from 'ol/geom/Polygon.js';
import Draw from 'ol/interaction/Draw.js';
import TileLayer from 'ol/layer/Tile.js';
import VectorLayer from 'ol/layer/Vector.js';
import OlMap from 'ol/Map.js';
import Projection from 'ol/proj/Projection.js';
import type RenderEvent from 'ol/render/Event.js';
import VectorSource from 'ol/source/Vector.js';
import XYZ from 'ol/source/XYZ.js';
import Fill from 'ol/style/Fill.js';
import Stroke from 'ol/style/Stroke.js';
import Style from 'ol/style/Style.js';
import type { TileCoord } from 'ol/tilecoord.js';
import TileGrid from 'ol/tilegrid/TileGrid.js';
import View from 'ol/View.js';
import type { RasterInfo } from '../api.ts';
import { AHEAD, loadPreview, loadTile, type Tiles } from './load-tile.ts';
import { placeText } from './place-text.ts';
import { TileTurns } from './tile-turns.ts';

/** What can lie over the image. */
export type Overlay = 'prediction' | 'second' | 'truth';
/** What one side of the border shows over the image. */
export type Side = Overlay | 'image';

const projectionOf = ({ id, extent, cell, groundResolution, georeferenced }: RasterInfo) =>
  new Projection({
    code: `raster-${id}`,
    units: georeferenced ? 'm' : 'pixels',
    extent: [...extent],
    // What one unit of the CRS is on the ground, so that the scale bar is right whatever the CRS.
    metersPerUnit: groundResolution === null ? 1 : groundResolution / cell,
    getPointResolution: (resolution: number) => resolution,
  });

/** A raster on a map in its own CRS, or on a plane of cells, with tiles of maps over it and a border between two sides. */
export class RasterView {
  readonly map: OlMap;
  private raster: RasterInfo | null = null;
  private readonly overlays = new Map<Overlay, TileLayer<XYZ>>();
  private readonly turns = new Map<Overlay, TileTurns>();
  private readonly loading = new Map<Overlay, number>();
  private readonly drawn = new VectorSource();
  private draw: Draw | null = null;
  private sides: readonly [Side, Side] = ['prediction', 'prediction'];
  private border = 0.5;
  private readonly onLoading: (tiles: number) => void;

  constructor(target: HTMLElement, onLoading: (tiles: number) => void) {
    this.onLoading = onLoading;
    this.map = new OlMap({ target, controls: [new Zoom()], layers: [], maxTilesLoading: 64 });
  }

  /** Shows another raster, all of it. */
  show(raster: RasterInfo): void {
    this.raster = raster;
    for (const kind of this.overlays.keys()) this.overlay(kind, null);
    this.drawn.clear();
    const projection = projectionOf(raster);
    const { extent, cell, levels } = raster;
    const view = new View({
      projection,
      extent: [...extent],
      showFullExtent: true,
      constrainOnlyCenter: true,
      maxResolution: cell * 2 ** levels,
      minResolution: cell / 16,
    });
    const outline = new VectorLayer({
      source: this.drawn,
      zIndex: 10,
      style: [
        new Style({ stroke: new Stroke({ color: '#000', width: 5 }) }),
        new Style({
          stroke: new Stroke({ color: '#fff', width: 2.5 }),
          fill: new Fill({ color: 'rgba(255,255,255,0.08)' }),
        }),
      ],
    });
    const image = (z: number, x: number, y: number) => `/api/rasters/${raster.id}/tiles/${z}/${x}/${y}`;
    // The view first: layers are made for its projection.
    this.map.setLayers([]);
    this.map.setView(view);
    this.map.setLayers([this.layer({ url: image }, null), outline]);
    view.fit([...extent], { padding: [12, 12, 12, 12] });
    for (const control of this.map.getControls().getArray().slice(1)) this.map.removeControl(control);
    this.map.addControl(
      new MousePosition({
        placeholder: '',
        coordinateFormat: (place) => placeText(raster, place?.[0] ?? 0, place?.[1] ?? 0),
      }),
    );
    if (raster.groundResolution !== null) this.map.addControl(new ScaleLine({ minWidth: 90 }));
  }

  /** @param turns of the tiles of a map; null for those of the image, which come at once */
  private layer(tiles: Tiles, turns: TileTurns | null): TileLayer<XYZ> {
    const { extent, cell, levels } = this.raster!;
    const [left, , , top] = extent;
    const tileGrid = new TileGrid({
      extent: [...extent],
      origin: [left, top],
      resolutions: Array.from({ length: levels }, (_, z) => cell * 2 ** (levels - 1 - z)),
      tileSize: 256,
    });
    const distance = (place: TileCoord) => {
      const [x = 0, y = 0] = tileGrid.getTileCoordCenter(place);
      const [atX = 0, atY = 0] = this.map.getView().getCenter() ?? [];
      return Math.hypot(x - atX, y - atY);
    };
    const source = new XYZ({
      projection: this.map.getView().getProjection(),
      tileGrid,
      interpolate: turns === null,
      transition: 0,
      tileUrlFunction: ([z = 0, x = 0, y = 0]) => ('url' in tiles ? tiles.url(z, x, y) : `${z}/${x}/${y}`),
      ...(turns === null
        ? {}
        : {
            tileLoadFunction: (given) => {
              const tile = given as ImageTile;
              const place = tile.getTileCoord() as [z: number, x: number, y: number];
              // The finest tiles are about as quick as a preview.
              if ('url' in tiles && tiles.preview !== undefined && place[0] < levels - 1) {
                const address = tiles.preview(...place);
                turns.add(
                  () => distance(place) - AHEAD,
                  () => loadPreview(tile, address),
                );
              }
              turns.add(
                () => distance(place),
                // A picture that takes a preview's place is not drawn by itself.
                () => loadTile(tile, tiles).then(() => this.map.render()),
              );
            },
          }),
    });
    return new TileLayer({ source, className: turns === null ? 'ol-layer' : 'overlay' });
  }

  /** Lays tiles over the image, or takes them away. */
  overlay(kind: Overlay, tiles: Tiles | null): void {
    const old = this.overlays.get(kind);
    if (old !== undefined) this.map.removeLayer(old);
    this.overlays.delete(kind);
    this.turns.get(kind)?.stop();
    if (tiles === null || this.raster === null) return;
    const turns = new TileTurns((count) => {
      this.loading.set(kind, count);
      this.onLoading([...this.loading.values()].reduce((sum, each) => sum + each, 0));
    });
    this.turns.set(kind, turns);
    const layer = this.layer(tiles, turns);
    layer.setZIndex(kind === 'truth' ? 3 : kind === 'second' ? 2 : 1);
    layer.on('prerender', (event) => this.clip(kind, event));
    layer.on('postrender', (event) => (event.context as CanvasRenderingContext2D).restore());
    this.overlays.set(kind, layer);
    this.map.addLayer(layer);
    this.apply();
  }

  /** Cuts a layer to the sides that show it. */
  private clip(kind: Overlay, event: RenderEvent): void {
    const context = event.context as CanvasRenderingContext2D;
    const { width, height } = context.canvas;
    const border = Math.round(width * this.border);
    const [left, right] = this.sides.map((side) => side === kind);
    context.save();
    context.beginPath();
    context.rect(left ? 0 : border, 0, (right ? width : border) - (left ? 0 : border), height);
    context.clip();
  }

  /** What each side shows over the image, and where the border lies, 0 to 1. */
  setSides(sides: readonly [Side, Side], border: number): void {
    this.sides = sides;
    this.border = border;
    this.apply();
  }

  private apply(): void {
    for (const [kind, layer] of this.overlays) layer.setVisible(this.sides.includes(kind));
    this.map.render();
  }

  setOpacity(opacity: number): void {
    for (const layer of this.overlays.values()) layer.setOpacity(opacity);
  }

  /** Lets a person draw a polygon; the one before is forgotten. */
  drawPolygon(done: () => void): void {
    this.clearPolygon();
    const draw = new Draw({ source: this.drawn, type: 'Polygon' });
    this.draw = draw;
    this.map.addInteraction(draw);
    draw.once('drawend', () => {
      // The click that ends the drawing is none for the inspector.
      setTimeout(() => {
        this.map.removeInteraction(draw);
        this.draw = null;
        done();
      }, 300);
    });
  }

  clearPolygon(): void {
    if (this.draw !== null) this.map.removeInteraction(this.draw);
    this.draw = null;
    this.drawn.clear();
  }

  get drawing(): boolean {
    return this.draw !== null;
  }

  /** The drawn polygon's rings; null without one. */
  polygon(): number[][][] | null {
    const geometry = this.drawn.getFeatures()[0]?.getGeometry();
    return geometry instanceof Polygon ? geometry.getCoordinates() : null;
  }

  /** The part of the raster that is in view, as a polygon. */
  viewPolygon(): number[][][] | null {
    if (this.raster === null) return null;
    const [left, bottom, right, top] = this.map.getView().calculateExtent(this.map.getSize()) as [
      number,
      number,
      number,
      number,
    ];
    const [l, b, r, t] = this.raster.extent;
    const [x0, y0, x1, y1] = [Math.max(left, l), Math.max(bottom, b), Math.min(right, r), Math.min(top, t)];
    if (x0 >= x1 || y0 >= y1) return null;
    return [
      [
        [x0, y0],
        [x1, y0],
        [x1, y1],
        [x0, y1],
        [x0, y0],
      ],
    ];
  }

  onPlace(listen: (x: number, y: number) => void): void {
    this.map.on('singleclick', (event: MapBrowserEvent) => {
      const [x = 0, y = 0] = event.coordinate;
      if (!this.drawing) listen(x, y);
    });
    this.map.getTargetElement()?.addEventListener('keydown', (event) => {
      const centre = this.map.getView().getCenter();
      if (centre === undefined) return;
      if (this.draw !== null && event.key === ' ') {
        event.preventDefault();
        this.draw.appendCoordinates([centre]);
      } else if (this.draw !== null && event.key === 'Enter') this.draw.finishDrawing();
      else if (event.key === 'Enter') listen(centre[0]!, centre[1]!);
    });
  }
}
