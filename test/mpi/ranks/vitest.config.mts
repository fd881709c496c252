import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/mpi/*/*.test.ts'],
    globalSetup: ['test/mpi/ranks/build.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
  },
});
