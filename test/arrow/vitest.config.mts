import { defineConfig } from 'vitest/config';
// @ts-expect-error: JavaScript without types
import { define } from '../../scripts/wasm-stand-ins.mjs';

export default defineConfig({
  define,
  test: {
    include: ['test/arrow/*.test.ts'],
    testTimeout: 60_000,
    env: { CHAINRULE_FALLBACK: 'off' },
  },
});
