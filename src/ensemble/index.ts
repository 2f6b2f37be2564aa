export { applyRule } from './combine/apply-rule.ts';
export {
  type AssemblyLayer,
  assembleClasses,
  type SelectionStep,
  selectClasses,
} from './combine/assembly.ts';
export { checkCombination } from './combine/check-combination.ts';
export { combine } from './combine/combine-folders.ts';
export { type CombineOptions, combineRasters } from './combine/combine-rasters.ts';
export {
  asClasses,
  asProbabilities,
  type ClassLayer,
  type Layer,
  type ScoreLayer,
  softmax,
} from './combine/layers.ts';
export { type MeanKind, meanLogits, meanOf, type WeightedLayer } from './combine/means.ts';
export { readCombination } from './combine/read-combination.ts';
export {
  type Combination,
  type CombinationInput,
  type Rule,
  type RuleMember,
  ruleSchema,
} from './combine/rule.ts';
export type { CombinationSieve, CrfRule } from './combine/smoothing.ts';
export { classesAbove } from './combine/thresholds.ts';
export * from './errors.ts';
export { CRF_DEFAULTS, type CrfImage, type CrfOptions, denseCrf } from './post/crf.ts';
export { RegionSieve, type SieveOptions, type SieveRule, sieve } from './post/sieve.ts';
export { averageWeights, type GreedySoup, greedySoup } from './post/soup.ts';
export { mixLists, type WeightedList } from './pseudo/mixed-list.ts';
export {
  type PseudoLabelOptions,
  type PseudoLabels,
  type UnlabelledImage,
  writePseudoLabels,
} from './pseudo/pseudo-labels.ts';
export {
  ConfidenceHistogram,
  type PseudoLabelRule,
  PseudoSelector,
} from './pseudo/thresholds.ts';
export { keyPlace, type PlaceOf, readRuleFile } from './rule-file.ts';
export { type Blend, blendedClasses, countBlend, scoreBlend, type ValidationImage } from './search/blend.ts';
export { crossValidateSearch, foldsOfGroups, type HonestSearch } from './search/cross-validate.ts';
export {
  type ReadValidationOptions,
  readValidation,
  type ValidationFiles,
} from './search/read-validation.ts';
export {
  SEARCH_STEPS,
  type SearchOptions,
  type SearchResult,
  type SearchStep,
  searchBlend,
} from './search/search-blend.ts';
export { DiversityCounts, type PairDiversity } from './study/diversity.ts';
export { checkFlairSubmission, type FlairExpectation } from './submission/check-flair.ts';
export {
  checkSubmission,
  faultText,
  type SubmissionExpectation,
  type SubmissionFault,
  type SubmissionReport,
} from './submission/check-submission.ts';
export {
  decodeRunLengths,
  EMPTY_MASK,
  encodeRunLengths,
  isEmptyMask,
  type MaskShape,
  type PixelOrder,
  parseRuns,
  type TextPlace,
} from './submission/run-lengths.ts';
export { type SubmissionScore, scoreSubmission } from './submission/score-submission.ts';
export {
  readSubmission,
  type Submission,
  type SubmissionColumns,
  type SubmissionRow,
  writeSubmission,
} from './submission/submission-file.ts';
export { flairSubmissionName, writeFlairSubmission } from './submission/write-flair.ts';
export { type MaskFilesOptions, writeMasks } from './submission/write-masks.ts';
export { joinTiles, type TilePlace, tilePlaces, tileStarts } from './tiles/tile-places.ts';
export { cutTiles, joinTileMasks, type TileOptions } from './tiles/tile-rasters.ts';
export {
  checkVote,
  countVotes,
  memberWeights,
  type Voter,
  type VotingFile,
  type VotingGroup,
  votingFiles,
} from './votes/binary-vote.ts';
export { type MajorityOptions, majorityVote, NO_VOTE, type TieRule } from './votes/class-vote.ts';
export { scoreWeights } from './votes/score-weights.ts';
export { readVoteRule } from './votes/vote-rule.ts';
export { type SubmissionVoteOptions, voteSubmissions } from './votes/vote-submissions.ts';
