import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

// The C++ tests, once per instruction set that this CPU has. The sanitizer run (scripts/test-sanitize.js) names a program of its own.
const program = process.env.CHAINRULE_NATIVE_TEST ?? path.join(__dirname, '../build/Release/native_test');
const isas = execFileSync(program, ['--isas'], { encoding: 'utf8' }).split('\n').filter(Boolean);

describe('C++ tests', () => {
  test('every CPU has the scalar kernels', () => {
    expect(isas).toContain('scalar');
  });

  test.each(isas)('%s', { timeout: 300_000 }, (isa) => {
    const { status, stdout, stderr } = spawnSync(program, { encoding: 'utf8', env: { ...process.env, CHAINRULE_ISA: isa } });
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/^[1-9]\d* passed, 0 failed$/m);
  });
});
