import { h } from './dom.ts';

const TILE = 256;

/** What is known of a raster's size. */
export interface ThumbnailSize {
  readonly width: number;
  readonly height: number;
  readonly levels: number;
}

/**
 * A raster as a small picture: its first tile, cut to the part that the raster fills.
 * @param query what the tile is asked with (`?colors=…`)
 */
export function thumbnail(raster: string, size: ThumbnailSize, alt: string, query = ''): HTMLElement {
  const { width, height, levels } = size;
  const image = h('img', {
    ...{ src: `/api/rasters/${raster}/tiles/0/0/0${query}`, alt, loading: 'lazy' },
    ...{ width: TILE, height: TILE },
  });
  image.style.inlineSize = `${(TILE * 2 ** (levels - 1) * 100) / width}%`;
  const frame = h('div', { class: 'thumbnail' }, image);
  frame.style.aspectRatio = `${width} / ${height}`;
  return frame;
}
