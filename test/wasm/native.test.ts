import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

// The C++ tests compiled to WebAssembly, and the bits that come out in the end: the scalar kernels have those of the addon.

const run = promisify(execFile);
const root = path.join(__dirname, '../..');
const node = async (isa: string, ...args: string[]) => {
  const { stdout } = await run(process.execPath, args, { cwd: root, env: { ...process.env, CHAINRULE_ISA: isa } });
  return stdout;
};

test.each(['simd128', 'scalar'])('C++ tests, %s', { timeout: 300_000 }, async (isa) => {
  // A test that fails is named, and not only the command.
  const printed = await node(isa, 'test/wasm/run-program.mjs', 'build-wasm/native_test.wasm').catch(({ stdout }) => String(stdout));
  expect(printed.match(/^FAILED.*/gm)).toBeNull();
  expect(printed).toMatch(/^[1-9]\d* passed, 0 failed$/m);
});

test('the scalar kernels give the bits that every platform gives', { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chainrule-wasm-'));
  const file = path.join(folder, 'result.json');
  await node('scalar', 'test/platforms/train.cjs', file);
  const { isa, bits } = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  expect(isa).toBe('scalar');
  expect(bits).toEqual(JSON.parse(readFileSync(path.join(root, 'test/goldens/platforms.json'), 'utf8')).bits);
});

test('a prediction has the same bits in any batch', { timeout: 120_000 }, async () => {
  const { isa, threads, variant } = JSON.parse(await node('simd128', 'test/support/train-and-hash.js'));
  expect({ isa, threads, variant }).toEqual({ isa: 'simd128', threads: 1, variant: [] });
});

test('kernels that are not there are named', async () => {
  await expect(node('avx2', 'test/support/train-and-hash.js')).rejects.toThrow(
    "CHAINRULE_ISA is 'avx2', but this machine and build can run only: simd128, scalar",
  );
});
