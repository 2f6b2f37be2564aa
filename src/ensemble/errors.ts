import { ArpentError } from '../core/index.ts';

/** A run-length text that stands for no mask: odd tokens, runs out of order, beyond the image or over each other. */
export class RunLengthError extends ArpentError {}

/** A submission file that cannot be used: missing columns, repeated or unknown images, lines of the wrong form. */
export class SubmissionError extends ArpentError {}

/** A vote that cannot be counted: thresholds out of reach, members without files, scores missing. */
export class VoteError extends ArpentError {}

/** A rule of combination that contradicts itself or names what is not there. */
export class CombinationRuleError extends ArpentError {}

/** Rasters that cannot be combined: other sizes, other numbers of bands, missing files. */
export class CombinationInputError extends ArpentError {}

/** A validation set that weights cannot be searched on. */
export class SearchError extends ArpentError {}

/** Checkpoints whose parameters cannot be averaged. */
export class SoupError extends ArpentError {}
