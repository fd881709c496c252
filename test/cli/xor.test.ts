import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { fitted, printed, published, samples } from '../../lib/cli/xor-reference';
import { dense, NeuralNetwork } from '../../lib/index';

/** The document that test/goldens/make-xor.py wrote. */
interface Golden {
  asPrinted: { seed: number; start: Parameters; end: Parameters; losses: number[]; outputs: number[] }[];
  fitted: Pick<Parameters, 'W1' | 'W2'> & {
    learningRate: number;
    losses: number[];
    outputs: number[];
    epochsUntilAsGood: number;
    outputsThen: number[];
  };
}

interface Parameters {
  W1: number[][];
  b1: number[];
  W2: number[][];
  b2: number[];
}

const golden: Golden = JSON.parse(readFileSync(path.join(__dirname, '../goldens/xor.json'), 'utf8'));

/** The losses that the given initial weights are known to reach, and the epochs until the outputs are as good as the published ones. */
const reached = {
  losses: [
    0.25089210294444125, 0.24847863733670306, 0.24216856486100433, 0.2183317427877895, 0.1480867934459405, 0.06203653057621307,
    0.027112678559484224, 0.014017030094002908, 0.008295109244185878, 0.005404119768357886,
  ],
  epochs: 1731,
};

function network(weights: readonly number[][][]): NeuralNetwork {
  const layers = [dense(4, 'sigmoid'), dense(1, 'sigmoid')];
  const nn = new NeuralNetwork({ inputSize: 2, layers, precision: 'f64', loss: 'binaryCrossEntropy' });
  for (const [index, layer] of nn.layers.entries()) layer.weights = weights[index] as number[][];
  return nn;
}

async function train(nn: NeuralNetwork, learningRate: number, epochs: number): Promise<number[]> {
  const { mse = [] } = await nn.fit(samples, {
    epochs,
    batchSize: 4,
    shuffle: false,
    optimizer: { type: 'sgd', learningRate },
    metrics: ['mse'],
  });
  return mse.filter((_, epoch) => epoch % printed.every === 0);
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) expect(Math.abs((actual[index] as number) - value)).toBeLessThanOrEqual(tolerance);
}

describe('the NumPy program as printed', () => {
  test.each(golden.asPrinted)('from the weights of seed $seed: the same numbers to 1e-12, and the plateau', async (run) => {
    const nn = network([run.start.W1, run.start.W2]);
    const losses = await train(nn, printed.learningRate, printed.epochs);
    expectClose(losses, run.losses, 1e-12);
    expectClose(nn.predict(samples.x).data, run.outputs, 1e-12);
    for (const [index, [weights, bias]] of (
      [
        [run.end.W1, run.end.b1],
        [run.end.W2, run.end.b2],
      ] as const
    ).entries()) {
      expectClose(nn.layers[index]?.weights.data ?? [], weights.flat(), 1e-12);
      expectClose(nn.layers[index]?.bias.data ?? [], bias, 1e-12);
    }
    expectClose(losses.slice(1), losses.slice(1).fill(0.25), 1e-6);
    expectClose(nn.predict(samples.x).data, [0.5, 0.5, 0.5, 0.5], 1e-3);
  });

  test('the four visible steps of backpropagation give the same as fit', () => {
    const run = golden.asPrinted[0] as Golden['asPrinted'][0];
    const nn = network([run.start.W1, run.start.W2]);
    for (let epoch = 0; epoch < printed.epochs; epoch++) {
      const { gradients } = nn.backward(samples.x, samples.y);
      nn.update(gradients, { type: 'sgd', learningRate: printed.learningRate });
    }
    expectClose(nn.forward(samples.x).data, run.outputs, 1e-12);
  });
});

describe('from the weights fitted to the published table', () => {
  test('the reference data are those of the golden file', () => {
    expect(fitted).toEqual({ learningRate: golden.fitted.learningRate, weights: [golden.fitted.W1, golden.fitted.W2] });
  });

  test('losses to 1e-9, never further than 0.0007 from the published ones', async () => {
    const nn = network(fitted.weights);
    const losses = await train(nn, fitted.learningRate, printed.epochs);
    expectClose(losses, reached.losses, 1e-9);
    expectClose(losses, golden.fitted.losses, 1e-9);
    expectClose(losses, published.losses, 0.0007);
    expectClose(nn.predict(samples.x).data, golden.fitted.outputs, 1e-9);
  });

  test('after 1731 epochs, and not before, all outputs are at least as good as published', async () => {
    const nn = network(fitted.weights);
    const isAsGood = () =>
      nn.predict(samples.x).data.every((output, i) => {
        const target = samples.y[i]?.[0] as number;
        return Math.abs(output - target) <= Math.abs((published.outputs[i] as number) - target);
      });
    await train(nn, fitted.learningRate, reached.epochs - 1);
    expect(isAsGood()).toBe(false);
    await train(nn, fitted.learningRate, 1);
    expect(isAsGood()).toBe(true);
    expect(golden.fitted.epochsUntilAsGood).toBe(reached.epochs);
    expectClose(nn.predict(samples.x).data, golden.fitted.outputsThen, 1e-9);
  });
});

describe('the command line', () => {
  const chainrule = (...args: string[]) => {
    const program = path.join(__dirname, '../../dist/cli/main.js');
    return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  };

  test('xor: the published table and ours, side by side', () => {
    const { status, stdout, stderr } = chainrule('xor');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(2, 13)).toEqual([
      'epoch   published loss     ours   difference',
      '    0           0.2508   0.2509      +0.0001',
      '  100           0.2490   0.2485      -0.0005',
      '  200           0.2419   0.2422      +0.0003',
      '  300           0.2184   0.2183      -0.0001',
      '  400           0.1481   0.1481       0.0000',
      '  500           0.0621   0.0620      -0.0001',
      '  600           0.0267   0.0271      +0.0004',
      '  700           0.0140   0.0140       0.0000',
      '  800           0.0087   0.0083      -0.0004',
      '  900           0.0061   0.0054      -0.0007',
    ]);
    expect(stdout).toContain(`after 1000 epochs:
input   target   published     ours   difference
[0,0]        0      0.0324   0.0171      -0.0153
[0,1]        1      0.9629   0.9385      -0.0244
[1,0]        1      0.9631   0.9390      -0.0241
[1,1]        0      0.0391   0.0854      +0.0463
`);
    expect(stdout).toContain('after 1731 epochs all four outputs are at least as good as published');
    expect(stdout).toContain('imply a loss of 0.0013; the published loss 100 epochs before is 0.0061');
  });

  test.each([
    ['xor', '--as-printed'],
    ['xor', '--as-printed', '--seed', '12345'],
  ])('%s %s %s %s: the plateau', (...args) => {
    const { status, stdout, stderr } = chainrule(...args);
    expect([status, stderr]).toEqual([
      0,
      expect.stringMatching(/^\(node:\d+\) \[WARN_CHAINRULE_STUCK\] ChainruleWarning: the loss has not moved/),
    ]);
    expect(stdout).toContain(`seed ${args[3] ?? 0}`);
    expect(stdout).toMatch(/^ {2}900 +0\.0061 +0\.2500 +\+0\.2439$/m);
    expect(stdout).toMatch(/^\[1,1\] +0 +0\.0391 +0\.5000 +\+0\.4609$/m);
    expect(stdout).toMatch(/^after 200000 epochs: loss 0\.2500, outputs( 0\.(5000|4999|5001)){4}$/m);
  });

  test('info', () => {
    const { status, stdout } = chainrule('info');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^version +\d+\.\d+\.\d+$/m);
    expect(stdout).toMatch(/^kernels +(avx512|avx2|neon|scalar)\b/m);
    expect(stdout).toMatch(/^threads +[1-9]\d*$/m);
  });

  test.each([['--help'], ['-h'], ['help'], ['xor', '--help']])('%s %s', (...args) => {
    const { status, stdout } = chainrule(...args);
    expect(status).toBe(0);
    expect(stdout).toContain('chainrule xor');
  });

  test('--version', () => {
    expect(chainrule('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['xro'], /chainrule: there is no command "xro"/],
    [['toString'], /there is no command "toString"/],
    [['--frobnicate'], /there is no flag "--frobnicate"/],
    [['xor', '--asprinted'], /chainrule xor: Unknown option '--asprinted'/],
    [['xor', 'now'], /chainrule xor: "now" is one argument too many/],
    [['xor', '--seed', '3'], /--seed goes with --as-printed/],
    [['xor', '--as-printed', '--seed'], /chainrule xor: --seed must have a value/],
    [['xor', '--as-printed', '--seed', '1.5'], /--seed must be a whole number, 0 or more, got "1\.5"/],
    [['xor', '--as-printed', '--seed', '99999999999999999999'], /--seed must be a whole number/],
    [['info', '--all'], /chainrule info: Unknown option '--all'/],
  ])('%j makes no sense: exit code 2', (args, message) => {
    const { status, stdout, stderr } = chainrule(...args);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    const isCommand = ['xor', 'info'].includes(args[0] as string);
    expect(stderr).toContain(`Try "chainrule ${isCommand ? `${args[0]} ` : ''}--help".`);
    expect(stderr.split('\n')).toHaveLength(3);
  });
});
