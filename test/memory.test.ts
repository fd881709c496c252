import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

interface Outcome {
  name: string;
  code: string;
  message: string;
}

// Address space can be limited on Linux; sanitizers reserve more of it than there is.
describe.skipIf(process.platform !== 'linux')('a process that may have 220 MB more than it has', () => {
  const script = path.join(__dirname, 'support/out-of-memory.js');
  const run = (...command: string[]) => {
    const [file = '', ...args] = command;
    const { status, signal, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 100_000 });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    return stdout.trim();
  };

  test('gets a RangeError from every call that needs more, which says how much', { timeout: 120_000 }, () => {
    const limit = Number(run(process.execPath, script, 'measure')) + 220_000;
    const outcomes: Record<string, Outcome[]> = JSON.parse(
      run('sh', '-c', `ulimit -v ${limit} && exec "$0" "$@"`, process.execPath, script),
    );
    expect(Object.keys(outcomes)).toHaveLength(13);
    for (const [call, [first, second]] of Object.entries(outcomes)) {
      expect(first, call).toEqual({
        name: expect.stringMatching(/^(Chainrule)?RangeError$/),
        code: 'ERR_CHAINRULE_MEMORY',
        message: expect.stringMatching(/^not enough memory: \d{9,} bytes were asked for$/),
      });
      expect(second, call).toEqual(first);
    }
    expect(outcomes['a network']?.[0]?.message).toContain(` ${4 * (20_000 + 1) * 20_000} bytes`);
  });
});
