import { expect, test } from 'vitest';
import { closingLine, sum } from '../../scripts/checks/tally.mjs';
import { countTests } from '../../scripts/checks/vitest.mjs';

const report = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 1, numTodoTests: 0, testResults: [] };

test('the closing line counts everything, and skipped ones only when there are any', () => {
  const total = sum({ passed: 2, failed: 0, skipped: 0 }, { passed: 1, failed: 1, skipped: 0 });
  expect(closingLine(total)).toBe('3 passed, 1 failed');
  expect(closingLine({ ...total, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
});

test('a test file that breaks before its first test is a failure', () => {
  const broken = { ...report, testResults: [{ status: 'failed', assertionResults: [] }] };
  expect(countTests(broken, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
});

test('a run that leaves no report, or fails without a reason, is a failure', () => {
  expect(countTests(undefined, 139)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(countTests(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 1 });
  expect(countTests(report, 0)).toEqual({ passed: 3, failed: 0, skipped: 1 });
});
