import type { ImageTile } from 'ol';

/** Something for each tile of a pyramid. */
export type OfTile<T> = (z: number, x: number, y: number) => T;

/** Where the tiles of a map come from: addresses, or pictures that this page makes. */
export type Tiles =
  | {
      readonly url: OfTile<string>;
      /** Where a quicker tile comes from that is shown until the real one is there. */
      readonly preview?: OfTile<string>;
    }
  | { readonly picture: OfTile<Promise<HTMLCanvasElement>> };

/** OpenLayers' number of a tile that failed. */
const FAILED = 3;

/** How much sooner the preview of a tile is loaded than any tile itself, in the unit of distances. */
export const AHEAD = 1e12;

async function pictureAt(address: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

/** Loads a tile's preview; without one the tile just comes later. */
export async function loadPreview(tile: ImageTile, address: string): Promise<void> {
  await pictureAt(address).then(
    (picture) => tile.setImage(picture),
    () => {},
  );
}

/** Loads a tile by its address, or has the page make it; settles when it is there, or failed. */
export async function loadTile(tile: ImageTile, tiles: Tiles): Promise<void> {
  const [z = 0, x = 0, y = 0] = tile.getTileCoord();
  await ('url' in tiles ? pictureAt(tiles.url(z, x, y)) : tiles.picture(z, x, y)).then(
    (picture) => tile.setImage(picture),
    () => tile.setState(FAILED),
  );
}
