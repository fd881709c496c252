import { execFile, execFileSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

// The C++ tests, once per instruction set that this CPU has. The sanitizer run (scripts/test-sanitize.js) names a program of its own.
const program = process.env.CHAINRULE_NATIVE_TEST ?? path.join(__dirname, '../build/Release/native_test');
const isas = execFileSync(program, ['--isas'], { encoding: 'utf8' }).split('\n').filter(Boolean);

describe('C++ tests', () => {
  test('every CPU has the scalar kernels', () => {
    expect(isas).toContain('scalar');
  });

  test.concurrent.each(isas)('%s', { timeout: 900_000 }, async (isa) => {
    const env = { ...process.env, CHAINRULE_ISA: isa };
    const { code, signal, stdout, stderr } = await promisify(execFile)(program, { env, maxBuffer: 2 ** 26 }).catch((error) => error);
    expect(code ?? signal, stdout + stderr).toBeUndefined();
    expect(stdout).toMatch(/^[1-9]\d* passed, 0 failed$/m);
  });
});
