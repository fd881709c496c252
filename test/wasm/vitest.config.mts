import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
// @ts-expect-error plain JavaScript, which rolldown's configuration imports too
import { define, forNode } from '../../scripts/wasm-stand-ins.mjs';

/** Tests of the library that run on WebAssembly, too. The rest is about the addon: its threads and processes, its loading, its build. */
const suite = [
  'test/{class-names,errors,event-loop,find-learning-rate,finite,layer,layers,network,predictor,session,summary,tensors}.test.ts',
  'test/bad-input/*.test.ts',
  'test/cli/xor.test.ts',
  'test/data/*.test.ts',
  'test/formats/{brain,checkpoint-crafted,fixtures,javascript,json,json-reader,metadata,model-bytes,npy,npz,pytorch,safetensors}.test.ts',
  'test/formats/{saving-finite,tfjs}.test.ts',
  'test/formats/onnx/*.test.ts',
  'test/layers/*.test.ts',
  'test/metrics/*.test.ts',
  'test/numerics/{gradients,inside,losses,small-networks,trajectories}.test.ts',
  'test/options/*.test.ts',
  'test/serving/batcher.test.ts',
  'test/splits/rows.test.ts',
  'test/training/{checkpoint,custom-loss,early-stopping,fit-warnings,frozen,lbfgs,loop,not-finite,realmlp,resumable,schedule}.test.ts',
  'test/training/{shards,step-options,target,train,weights}.test.ts',
];

export default defineConfig({
  define,
  plugins: [forNode()],
  test: {
    include: ['test/wasm/*.test.ts', ...suite],
    testTimeout: 60_000,
    // The package of those that start processes of their own.
    env: { CHAINRULE_TEST_PACKAGE: fileURLToPath(new URL('../../dist/wasm', import.meta.url)) },
  },
});
