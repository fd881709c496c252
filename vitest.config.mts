import { configDefaults, defineConfig } from 'vitest/config';
// @ts-expect-error: JavaScript without types
import { define } from './scripts/wasm-stand-ins.mjs';

export default defineConfig({
  define,
  test: {
    include: ['test/**/*.test.ts'],
    // These have configurations of their own.
    exclude: [...configDefaults.exclude, 'test/{arrow,mpi/ranks,onnx,platforms,runners,wasm}/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test of the addon must not pass on WebAssembly.
    env: { CHAINRULE_FALLBACK: 'off' },
  },
});
