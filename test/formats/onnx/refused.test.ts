import { expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { attributeTypes, elementTypes } from '../../../lib/formats/onnx/schema';
import { float, ints, layer, model, node } from './models';

// Models that layers cannot stand for, and damaged ones: the message names the node or tensor.

const axis = (value: number) => ({ attributes: [{ name: 'axis', type: attributeTypes.int, int: value }] });
const input = (name: string, sizes: (number | undefined)[], type: number = elementTypes.float) => ({
  name,
  type: { tensor: { type, shape: { dims: sizes.map((size) => (size === undefined ? {} : { size })) } } },
});
const unsupported = 'ERR_CHAINRULE_UNSUPPORTED';
const format = 'ERR_CHAINRULE_FORMAT';

test.each<[what: string, bytes: Uint8Array, code: string, message: RegExp | string]>([
  [
    'an operator that no layer is',
    model([node('Conv', ['x', 'w'], 'y')]),
    unsupported,
    'bytes has the node "/y" (Conv) of inputs of the shapes [rows, 2], [2, 2] that is no layer: it needs a convolution, which Chainrule does not have',
  ],
  ['an operator of another domain', model([node('Gelu', ['x'], 'y', { domain: 'org.example' })]), unsupported, /domain "org.example"/],
  [
    'branches of which neither is made of the other',
    model([layer('p'), node('MatMul', ['x', 'w'], 'q'), node('Add', ['p', 'q'], 'y')]),
    unsupported,
    'bytes is no network of layers: two branches are added of which neither is made of the other',
  ],
  ['weights of other sizes', model([layer()], [float('w', [3, 2], [1, 2, 3, 4, 5, 6])]), unsupported, /its input must be \[rows, 3\]/],
  [
    'two inputs that are multiplied',
    model([layer('p'), node('Mul', ['x', 'p'], 'y')]),
    unsupported,
    /no activation is this function of its input \(Mul\)/,
  ],
  ['a softmax over the rows', model([layer('p'), node('Softmax', ['p'], 'y', axis(0))]), unsupported, /axis 0 is that of the rows/],
  [
    'rows that become columns',
    model([node('Reshape', ['x', 's'], 'y')], [ints('s', [1, -1, 2])]),
    unsupported,
    /mixes rows|the output|shape/,
  ],
  [
    'a part of the input',
    model(
      [node('Slice', ['x', 'from', 'to', 'axis'], 'p'), node('MatMul', ['p', 'v'], 'y')],
      [...[ints('from', [0]), ints('to', [1]), ints('axis', [1]), float('v', [1, 2], [1, 2])]],
    ),
    unsupported,
    "bytes is no network of layers: the first layer takes 1 of the input's 2 columns",
  ],
  [
    'an input of unknown size',
    model([layer()], [], { inputs: [input('x', [undefined, undefined])] }),
    unsupported,
    /all sizes but that of the rows must be known/,
  ],
  ['an input of texts', model([layer()], [], { inputs: [input('x', [1, 2], elementTypes.text)] }), unsupported, /an input "x" of texts/],
  [
    'a vector and a matrix',
    model([node('Gemm', ['x', 'w', 'c'], 'y')], [], { inputs: [input('x', [1, 2]), input('c', [2])] }),
    unsupported,
    /an input "c" that is not \[rows, columns\]: export the model with a dimension for the rows$/,
  ],
  [
    'a vector of unknown size',
    model([layer()], [], { inputs: [input('x', [undefined])] }),
    unsupported,
    /of the shape \[\?\], where all sizes/,
  ],
  ['a sum as old versions have it', model([layer('z'), node('Add', ['z', 'b'], 'y', axis(1))]), unsupported, /repeated from an axis on/],
  ['no nodes of the output', model([layer('z')]), unsupported, 'bytes has no output that depends on its input'],
  [
    'a circle',
    model([node('Add', ['y', 'x'], 'z'), node('Relu', ['z'], 'y')]),
    format,
    /has the node "\/z" \(Add\), whose input "y" is computed after it, or nowhere/,
  ],
  ['a missing input', model([node('Gemm', ['x'], 'y')]), unsupported, /its input 1 is missing/],
  [
    'a tensor with too few bytes',
    model([layer()], [{ name: 'w', dims: [2, 2], type: 1, raw: new Uint8Array(12) }]),
    format,
    'bytes has a tensor "w" of 16 bytes that has 12',
  ],
  [
    'a tensor with too few numbers',
    model([layer()], [{ name: 'w', dims: [2, 2], type: 1, floats: [1] }]),
    format,
    'bytes has a tensor "w" of 4 elements that has 1',
  ],
  [
    'a tensor of negative size',
    model([layer()], [{ name: 'w', dims: [-2, 2], type: 1 }]),
    format,
    'bytes has a tensor "w" of the shape [-2, 2]',
  ],
  [
    'a huge tensor',
    model([layer()], [{ name: 'w', dims: [2 ** 31, 2 ** 31], type: 1 }]),
    format,
    /of the shape \[2147483648, 2147483648\]/,
  ],
  [
    'complex numbers',
    model([layer()], [{ name: 'w', dims: [1], type: 14 }]),
    format,
    'bytes has a tensor "w" of the element type 14, which is not read',
  ],
  [
    'a weight that is not finite',
    model([layer()], [float('w', [2, 2], [1, 2, Number.NaN, 4])]),
    format,
    'bytes has NaN in layers.0.weights at [1, 0], where a finite number is needed',
  ],
  [
    'weights that grow without end',
    model([
      node('Concat', Array(3).fill('w'), 'w1', axis(0)),
      ...Array.from({ length: 30 }, (_, i) => node('Concat', Array(3).fill(`w${i + 1}`), `w${i + 2}`, axis(0))),
    ]),
    unsupported,
    /the results of its constants would be far more numbers than the file has/,
  ],
  [
    'functions without end',
    model([
      layer('z'),
      ...Array.from({ length: 9000 }, (_, i) => [
        node('Sigmoid', [i === 0 ? 'z' : `s${i - 1}`], `a${i}`),
        node('Softmax', [`a${i}`], `s${i}`),
      ]).flat(),
      node('Gemm', ['s8999', 'w', 'b'], 'y'),
    ]),
    format,
    'bytes has too many small fields: they would take far more memory than the file',
  ],
  ['too many nodes', model(Array(2 ** 14 + 1).fill({})), format, 'bytes has more than 16384 nodes'],
  [
    'a wide input, again and again',
    model(
      Array.from({ length: 600 }, (_, i) => node('Softmax', [i === 0 ? 'x' : `s${i - 1}`], `s${i}`)),
      [],
      { inputs: [input('x', [undefined, 2 ** 20])], outputs: [input('s599', [1, 2])] },
    ),
    unsupported,
    /its layers would have far more weights than the file/,
  ],
  [
    'the same weights, again and again',
    model(
      Array.from({ length: 600 }, (_, i) => node('MatMul', [i === 0 ? 'x' : `z${i - 1}`, 'w'], `z${i}`)),
      [float('w', [200, 200], Array(40_000).fill(0))],
      { inputs: [input('x', [undefined, 200])], outputs: [input('z599', [1, 200])] },
    ),
    unsupported,
    /its layers would have far more weights than the file/,
  ],
  ['a file of something else', Uint8Array.from(Buffer.from('{"format": "chainrule"}')), format, /^bytes is damaged, or no ONNX file/],
  ['no bytes', new Uint8Array(0), format, 'bytes is no ONNX file: it has no graph'],
])('%s', async (_, bytes, code, message) => {
  const error = await NeuralNetwork.fromONNX(bytes).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code, message: typeof message === 'string' ? message : expect.stringMatching(message) });
});

test('an output that is not there is named with those that are', async () => {
  const load = NeuralNetwork.fromONNX(model([layer()]), { output: 'z' });
  await expect(load).rejects.toMatchObject({ code: unsupported, message: 'bytes has the outputs y, and no output "z"' });
});

test('one of several outputs', async () => {
  const bytes = model([layer('hidden'), node('Gemm', ['hidden', 'w', 'b'], 'y')], [], {
    outputs: [input('hidden', [1, 2]), input('y', [1, 2])],
  });
  expect((await NeuralNetwork.fromONNX(bytes)).layers).toHaveLength(1);
  expect((await NeuralNetwork.fromONNX(bytes, { output: 'y' })).layers).toHaveLength(2);
});

test('a model for one row may say so', async () => {
  const nodes = [node('Reshape', ['x', 'shape'], 'row'), node('Gemm', ['row', 'w', 'b'], 'y')];
  const one = model(nodes, [ints('shape', [1, 2])], { inputs: [input('x', [1, 2])] });
  expect((await NeuralNetwork.fromONNX(one)).layers).toHaveLength(1);
  const any = model(nodes, [ints('shape', [1, 2])]);
  await expect(NeuralNetwork.fromONNX(any)).rejects.toMatchObject({
    code: unsupported,
    message: expect.stringMatching(/the shape \[1, 2\] mixes rows/),
  });
});
