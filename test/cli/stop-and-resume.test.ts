import type { ChildProcess, SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { penguins, UserFolder } from '../support/command-line';

const user = new UserFolder();
user.write('penguins.csv', penguins(300));
const line = 'train penguins.csv --target species --epochs 40 --seed 2';
const config = (folder: string) => JSON.parse(readFileSync(user.file(`${folder}/train.json`), 'utf8'));

/** The output of a process that has ended. */
interface Ended extends Pick<SpawnSyncReturns<string>, 'stdout' | 'stderr'> {
  code: number | null;
}

/** Runs until a text was written to the standard error, and then calls `then`. */
async function until(child: ChildProcess, pattern: RegExp, then: () => void): Promise<Ended> {
  const ended: Ended = { stdout: '', stderr: '', code: null };
  let isDone = false;
  child.stdout?.on('data', (text) => {
    ended.stdout += text;
  });
  child.stderr?.on('data', (text) => {
    ended.stderr += text;
    if (isDone || !pattern.test(ended.stderr)) return;
    isDone = true;
    then();
  });
  [ended.code] = (await once(child, 'close')) as [number | null];
  return ended;
}

test.skipIf(process.platform === 'win32')(
  'Ctrl-C keeps the best so far, train.json repeats that, and --resume goes on to the same bits',
  async () => {
    const whole = user.run(`${line} --out whole --quiet`);
    expect(whole.status, whole.stderr).toBe(0);

    const child = user.start(`${line} --out cut`);
    const { code, stdout, stderr } = await until(child, /epoch\s+5\/40/, () => child.kill('SIGINT'));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('stopping after this epoch: the best model so far is kept (once more: end at once)');
    expect(stdout).toMatch(/stopped by hand: the best model so far, of epoch \d+, is kept/);
    expect(stdout).toContain('chainrule train --config cut/train.json --resume');
    expect(user.run('evaluate cut penguins.csv').status).toBe(0);
    const { stoppedAfter, weights } = config('cut');
    expect(stoppedAfter).toBeGreaterThanOrEqual(5);
    expect(stoppedAfter).toBeLessThan(40);

    expect(user.run('train --config cut/train.json --out repeated').stdout).toContain(`SHA-256 ${weights}, the same as before`);

    const resumed = user.run('train --config cut/train.json --resume');
    expect(resumed.status, resumed.stderr).toBe(0);
    expect(resumed.stderr, 'it does not begin anew').not.toMatch(/^training\nepoch {2}5\/40/);
    expect(config('cut').weights).toBe(config('whole').weights);
    expect(config('cut').stoppedAfter).toBeUndefined();
    expect(existsSync(user.file('cut/checkpoint.safetensors'))).toBe(false);
  },
);

test.skipIf(process.platform === 'win32')('a training that was killed goes on as well', async () => {
  const child = user.start(`${line} --out killed`);
  await until(child, /epoch 25\/40/, () => child.kill('SIGKILL'));
  expect(existsSync(user.file('killed/model.safetensors'))).toBe(false);
  const resumed = user.run('train --config killed/train.json --resume');
  expect(resumed.status, resumed.stderr).toBe(0);
  expect(config('killed').weights).toBe(config('whole').weights);
});

test('--resume without a training to go on with says so', () => {
  const { status, stdout } = user.run(`${line} --epochs 1 --recipe fast --out fresh --resume`);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^resume +nothing was begun in fresh: training starts anew$/m);
});
