import { ArpentError } from '../core/index.ts';

/** Sizes of tile and margin that cannot map anything. */
export class TilePlanError extends ArpentError {}

/** A network that does not fit the raster's channels or the classes asked for. */
export class ModelMismatchError extends ArpentError {}
