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
