export * from './errors.ts';
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
export {
  checkVote,
  countVotes,
  memberWeights,
  type Voter,
  type VotingFile,
  type VotingGroup,
  votingFiles,
} from './votes/binary-vote.ts';
export { majorityVote, NO_VOTE, type TieRule } from './votes/class-vote.ts';
export { scoreWeights } from './votes/score-weights.ts';
export { readVoteRule } from './votes/vote-rule.ts';
export { type SubmissionVoteOptions, voteSubmissions } from './votes/vote-submissions.ts';
