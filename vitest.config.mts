import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    testTimeout: 60_000,
    // A test of the addon must not pass on WebAssembly.
    env: { CHAINRULE_FALLBACK: 'off' },
  },
});
