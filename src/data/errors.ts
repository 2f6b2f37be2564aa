import { ArpentError } from '../core/index.ts';

/** A list of patches that cannot be used: missing, empty, or lines of the wrong form. */
export class PatchListError extends ArpentError {}

/** A patch of a list that is missing, damaged or does not fit; the place is its line in the list. */
export class BadPatchError extends ArpentError {}

/** An image and its mask of different sizes. */
export class MaskSizeError extends BadPatchError {}

/** A mask with values (or colours) that stand for no class. */
export class UnknownClassError extends BadPatchError {}

/** As many means or standard deviations as channels are needed. */
export class NormalizationError extends ArpentError {}

/** Acquisition metadata that is missing or cannot be understood. */
export class MetadataError extends ArpentError {}
