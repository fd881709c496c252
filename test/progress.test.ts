import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { dense, type EpochInfo, NeuralNetwork, type ProgressOptions, progressBar } from '../lib';

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => vi.restoreAllMocks());

const info = (epoch: number, epochs: number, more: Partial<EpochInfo> = {}): EpochInfo => ({
  ...{ epoch, epochs, loss: 1 / epoch, learningRate: 0.1, steps: 100 * epoch, seconds: 2 * epoch, isLast: epoch === epochs },
  ...more,
});

/** The texts that these epochs cause. */
function shown(stream: { isTTY?: boolean; columns?: number }, infos: EpochInfo[], options: ProgressOptions = {}): string[] {
  const written: string[] = [];
  const report = progressBar({ stream: { ...stream, write: (text) => written.push(text) }, ...options });
  for (const each of infos) report(each);
  return written;
}

describe('a line for each epoch', () => {
  const lines = ['epoch  6/12  loss 0.1667  50 steps/s  ETA 12.0 s\n', 'epoch 12/12  loss 0.08333  50 steps/s  24.0 s\n'];

  test.each([
    ['where the stream is no terminal', {}],
    ['of a terminal that is too narrow', { isTTY: true, columns: 56 }],
  ])('%s', (_, stream) => expect(shown(stream, [info(6, 12), info(12, 12)])).toEqual(lines));

  test('with what else is measured', () => {
    expect(shown({}, [info(1, 1, { val_loss: 0.25, accuracy: 0.9 })])).toEqual([
      'epoch 1/1  loss 1.000  val_loss 0.2500  accuracy 0.9000  50 steps/s  2.0 s\n',
    ]);
  });

  test('with words of your own', () => {
    expect(shown({}, [info(1, 1)], { text: ({ loss }) => `so far ${loss}` })).toEqual(['epoch 1/1  so far 1  50 steps/s  2.0 s\n']);
  });

  test('but not for more than a hundred of them', () => {
    const epochs = Array.from({ length: 2030 }, (_, index) => info(index + 1, 2030));
    const lines = shown({}, epochs);
    expect(lines.length).toBeLessThanOrEqual(101);
    expect(lines.at(-1)).toMatch(/^epoch 2030\/2030/);
  });
});

describe('a bar on a terminal', () => {
  const stream = { isTTY: true, columns: 100 };

  test('is drawn over, and ends with its line', () => {
    const first = 'epoch  6/12  loss 0.1667  50 steps/s  ETA 12.0 s';
    const last = 'epoch 12/12  loss 0.08333  50 steps/s  24.0 s'.padEnd(first.length);
    expect(shown(stream, [info(6, 12), info(12, 12)])).toEqual([
      `\r${'█'.repeat(12)}${'░'.repeat(12)}  ${first}`,
      `\r${'█'.repeat(24)}  ${last}\n`,
    ]);
  });

  test('is shorter where there is less room, and shows rows per second if it knows the rows', () => {
    const [first = ''] = shown({ isTTY: true, columns: 70 }, [info(6, 12)], { rows: 1000 });
    expect(first).toMatch(/^\r█{9,10}░{9,10} {2}epoch {2}6\/12 {2}loss 0\.1667 {2}500 rows\/s {2}ETA 12\.0 s$/);
    expect(first.length).toBeLessThanOrEqual(70);
  });

  test('ends where training ends early', () => {
    expect(shown(stream, [info(6, 12, { isLast: true })])[0]).toMatch(/░ {2}epoch {2}6\/12.*\n$/);
  });

  test('is not drawn again at once', () => {
    const written: string[] = [];
    const report = progressBar({ stream: { ...stream, write: (text) => written.push(text) } });
    for (const [epoch, at] of [1, 10, 49, 51, 60, 120].entries()) {
      now = at;
      report(info(epoch + 1, 9));
    }
    expect(written.map((text) => /epoch (\d)/.exec(text)?.[1])).toEqual(['1', '4', '6']);
  });

  test.each([
    [59.94, '59.9 s'],
    [125, '2 min 5 s'],
    [7300, '2 h 1 min'],
  ])('says %d seconds as %s', (seconds, words) => {
    expect(shown(stream, [info(1, 1, { seconds })])[0]).toContain(`steps/s  ${words}`);
  });
});

test('without a stream it goes to the standard output, and where there is none to the console', () => {
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  progressBar()(info(1, 1));
  expect(write.mock.calls.flat().join('')).toContain('epoch 1/1');
  write.mockRestore();
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  vi.stubGlobal('process', undefined);
  try {
    progressBar()(info(1, 1));
  } finally {
    vi.unstubAllGlobals();
  }
  expect(log.mock.calls).toEqual([['epoch 1/1  loss 1.000  50 steps/s  2.0 s']]);
});

test('fit tells it all that it needs', async () => {
  vi.restoreAllMocks();
  const written: string[] = [];
  const nn = new NeuralNetwork({ inputSize: 1, layers: [dense(1)] });
  const x = [[1], [2], [3]];
  const onEpoch = progressBar({ stream: { write: (text) => written.push(text) } });
  await nn.fit({ x, y: x }, { epochs: 4, batchSize: 2, onEpoch, metrics: ['mae'], earlyStopping: { target: 1e9 } });
  expect(written).toEqual([expect.stringMatching(/^epoch 1\/4 {2}loss [\d.e+-]+ {2}mae [\d.]+ {2}\d+ steps\/s {2}0\.\d s\n$/)]);
});
