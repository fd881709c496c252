import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dense, NeuralNetwork } from '../../../lib';
import type { Pieces } from '../../../lib/event-loop';
import { decodingModel } from '../../../lib/formats/onnx/decode';
import { readingOnnx } from '../../../lib/formats/onnx/read';
import type { OnnxNode, OnnxTensor } from '../../../lib/formats/onnx/schema';
import type { ModelState } from '../../../lib/formats/state';
import { attribute, float, model, node, value } from './models';

// The event loop turns while large files are read, as the work is in pieces.

function* reading(bytes: Uint8Array): Pieces<ModelState> {
  return yield* readingOnnx(yield* decodingModel(bytes, 'bytes'), { name: 'bytes', external: () => undefined });
}

/** All pieces, which are counted: their times depend on what else the machine does. */
function countOf(pieces: Pieces<ModelState>): { state: ModelState; count: number } {
  for (let count = 0; ; count++) {
    const { done, value: state } = pieces.next();
    if (done) return { state, count };
  }
}

const width = 1800;
const weights = Array.from({ length: width * width }, (_, i) => (i % 7) - 3);
const raw = float('w', [width, width], weights);
const numbers: OnnxTensor = { name: 'w', dims: [width, width], type: 1, floats: weights };
const file = (nodes: OnnxNode[], tensor = raw): Uint8Array =>
  model(nodes, [tensor, float('half', [], [0.5])], { inputs: [value('x', width)], outputs: [value('y', width)] });
const layer = (w: string, x = 'x'): OnnxNode => node('MatMul', [x, w], 'y');

const initial = { weightsInitializer: { type: 'constant', value: 0.25 } } as const;
const own = (): NeuralNetwork => new NeuralNetwork({ inputSize: width, layers: [dense(width, 'linear', initial)] });

/** The pieces in which the weights are copied, filled in and checked, and those of one step more. */
const [three, more] = [140, 80];

test.each<[what: string, fewest: number, bytes: () => Uint8Array, first: number]>([
  ['of our own', three, () => own().toONNX(), 0.25],
  ['of our own, without the specification', three, () => own().toONNX({ restorable: false }), 0.25],
  [
    'with weights that Gemm transposes',
    three + more,
    () => file([node('Gemm', ['x', 'w'], 'y', { attributes: [attribute('transB', 1)] })]),
    -3,
  ],
  ['with weights that are transposed before', three + more, () => file([node('Transpose', ['w'], 't'), layer('t')]), -3],
  ['with weights that are scaled', three + more, () => file([node('Mul', ['w', 'half'], 's'), layer('s')]), -1.5],
  [
    'behind a scaled value',
    three + more,
    () => file([node('Softmax', ['x'], 'p'), node('Mul', ['p', 'half'], 's'), layer('w', 's')]),
    -1.5,
  ],
  ['with weights in numbers', three + more, () => file([layer('w')], numbers), -3],
])('13 MB %s', (_, fewest, make, first) => {
  const { state, count } = countOf(reading(make()));
  expect(count).toBeGreaterThan(fewest);
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
  // In one go it would be one turn; how many slices there are depends on how fast the machine is.
  expect(turns).toBeGreaterThan(1);
});
