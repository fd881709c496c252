import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../../lib';
import type { Pieces } from '../../../lib/event-loop';
import { decodingModel } from '../../../lib/formats/onnx/decode';
import { readingOnnx } from '../../../lib/formats/onnx/read';
import type { OnnxNode, OnnxTensor } from '../../../lib/formats/onnx/schema';
import type { ModelState } from '../../../lib/formats/state';
import { attribute, float, model, node, value } from './models';

// The event loop turns while large files are read, as the work is in pieces: none takes a large part of the time.

function* reading(bytes: Uint8Array): Pieces<ModelState> {
  return yield* readingOnnx(yield* decodingModel(bytes, 'bytes'), { name: 'bytes', external: () => undefined });
}

/** The processor's time for all pieces, and for the longest one, in milliseconds: other programs have the machine, too. */
function timesOf(pieces: Pieces<ModelState>): { state: ModelState; total: number; longest: number } {
  const now = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  };
  const start = now();
  let longest = 0;
  for (let last = start; ; ) {
    const { done, value: state } = pieces.next();
    const time = now();
    longest = Math.max(longest, time - last);
    last = time;
    if (done) return { state, total: last - start, longest };
  }
}

const width = 2400;
const weights = Array.from({ length: width * width }, (_, i) => (i % 7) - 3);
const raw = float('w', [width, width], weights);
const numbers: OnnxTensor = { name: 'w', dims: [width, width], type: 1, floats: weights };
const file = (nodes: OnnxNode[], tensor = raw): Uint8Array =>
  model(nodes, [tensor, float('half', [], [0.5])], { inputs: [value('x', width)], outputs: [value('y', width)] });
const layer = (w: string, x = 'x'): OnnxNode => node('MatMul', [x, w], 'y');

const initial = { weightsInitializer: { type: 'constant', value: 0.25 } } as const;
const own = (): NeuralNetwork => new NeuralNetwork({ inputSize: width, layers: [dense(width, 'linear', initial)] });

test.each<[what: string, bytes: () => Uint8Array, first: number]>([
  ['of our own', () => own().toONNX(), 0.25],
  ['of our own, without the specification', () => own().toONNX({ restorable: false }), 0.25],
  ['with weights that are transposed by Gemm', () => file([node('Gemm', ['x', 'w'], 'y', { attributes: [attribute('transB', 1)] })]), -3],
  ['with weights that are transposed before', () => file([node('Transpose', ['w'], 't'), layer('t')]), -3],
  ['with weights that are scaled', () => file([node('Mul', ['w', 'half'], 's'), layer('s')]), -1.5],
  ['behind a scaled value', () => file([node('Softmax', ['x'], 'p'), node('Mul', ['p', 'half'], 's'), layer('w', 's')]), -1.5],
  ['with weights in numbers', () => file([layer('w')], numbers), -3],
])('23 MB %s', (_, make, first) => {
  const { state, total, longest } = timesOf(reading(make()));
  expect(longest).toBeLessThan(total / 4);
  expect(state.parameters[0]).toBe(first);
});

test('the event loop turns between the pieces', async () => {
  let turns = 0;
  let running = true;
  const over = NeuralNetwork.fromONNX(own().toONNX()).finally(() => {
    running = false;
  });
  for (; running; turns++) await turn();
  expect((await over).inputSize).toBe(width);
  expect(turns).toBeGreaterThan(4);
});
