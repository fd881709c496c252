import { dense, type MatrixLike, NeuralNetwork, writeNpy, writeNpz } from '../../lib';

/** A function that writes a file, for which more `inputs` make a larger one: some 40 bytes for each, and another one for each `version`. */
export type Writer = (file: string, inputs: number, version: number) => Promise<unknown>;

const network = (inputs: number, version: number) => new NeuralNetwork({ inputSize: inputs, layers: [dense(10)], seed: version });
const matrix = (inputs: number, version: number): MatrixLike => ({
  data: new Float32Array(10 * inputs).fill(version),
  shape: [inputs, 10],
});

export const writers: readonly [name: string, write: Writer][] = [
  ['save', (file, inputs, version) => network(inputs, version).save(file)],
  [
    'a checkpoint',
    (file, inputs, version) => {
      const x = { data: new Float32Array(2 * inputs), shape: [2, inputs] as [number, number] };
      return network(inputs, version).fit({ x, y: matrix(2, 0) }, { epochs: 1, optimizer: 'sgd', checkpoint: { path: file } });
    },
  ],
  ['writeNpy', (file, inputs, version) => writeNpy(file, matrix(inputs, version))],
  ['writeNpz', (file, inputs, version) => writeNpz(file, { a: matrix(inputs, version) })],
];
