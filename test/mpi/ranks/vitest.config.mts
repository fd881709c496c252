import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/mpi/ranks/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
