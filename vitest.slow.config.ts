import { defineConfig } from 'vitest/config';

// The long checks: fuzzing, kill-and-resume, memory over hundreds of steps. `npm run check:full` runs them all.
export default defineConfig({
  test: {
    include: ['test/slow/**/*.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 20 * 60_000,
    hookTimeout: 5 * 60_000,
  },
});
