import { ArpentError } from '../core/index.ts';

/** Sizes of tile and margin that cannot map anything. */
export class TilePlanError extends ArpentError {}

/** A network that does not fit the raster's channels or the classes asked for. */
export class ModelMismatchError extends ArpentError {}

/** Another process is making this map. */
export class MapInProgressError extends ArpentError {
  constructor(file: string, pid: number) {
    super(`process ${pid} is making this map`, {
      file,
      remedy: `wait for it, stop it, or choose another output; if no such process makes maps, remove ${file}.lock`,
    });
  }
}

/** A half-finished map under this name was begun with other settings. */
export class JournalMismatchError extends ArpentError {
  constructor(file: string, differing: readonly string[]) {
    super(`a half-finished map was begun with another ${differing.join(', ')}`, {
      file,
      remedy: 'give the same settings to go on, or --restart to begin anew',
    });
  }
}

/** A finished map has no record to check it against, or one that cannot be read. */
export class MissingSealError extends ArpentError {
  constructor(file: string, cause?: unknown) {
    super('there is no record to check this map against', {
      file,
      remedy: 'maps made by arpent have one beside them, named MAP.tif.seal.json; keep it with the map',
      cause,
    });
  }
}

/** No plan fits the memory that is allowed. */
export class PlanMemoryError extends ArpentError {
  constructor(budget: string, least: string) {
    super(`a map needs at least ${least} of memory, ${budget} is allowed`, {
      key: 'memory',
      remedy: `allow ${least}, or choose a smaller overlap, blend crop, or a smaller network`,
    });
  }
}

/** A folder or list that names no patches. */
export class NoPatchesError extends ArpentError {
  constructor(file: string) {
    super('there are no patches to map', {
      file,
      remedy: 'give a folder with GeoTIFF patches, or a CSV file with their paths in its first column',
    });
  }
}
