import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
// @ts-expect-error plain JavaScript, which rolldown's configuration imports too
import { define, forNode } from '../../scripts/wasm-stand-ins.mjs';

/** The library's own tests, but for those of the addon: of its threads and processes, its loading, its build. */
const suite = [
  ...[
    'batcher',
    'bad-input',
    'checkpoint',
    'early-stopping',
    'errors',
    'event-loop',
    'gradients',
    'inside',
    'json',
    'layer',
    'layers',
    'matrix',
  ],
  ...['metrics', 'network', 'options', 'predictor', 'safetensors', 'samples', 'schedule', 'session', 'small-networks', 'summary', 'train'],
  ...[
    'trajectories',
    'xor',
    'fit-warnings',
    'habits',
    'not-finite',
    'target',
    'foreign-tensors',
    'checked-is-used',
    'rows',
    'finite',
    'checkpoint-crafted',
    'json-reader',
    'metadata',
    'model-bytes',
    'saving-finite',
  ],
];

export default defineConfig({
  define,
  plugins: [forNode()],
  test: {
    include: ['test/wasm/*.test.ts', ...suite.map((name) => `test/${name}.test.ts`)],
    testTimeout: 60_000,
    // What they start in processes of their own.
    env: { CHAINRULE_TEST_PACKAGE: fileURLToPath(new URL('../../dist/wasm', import.meta.url)) },
  },
});
