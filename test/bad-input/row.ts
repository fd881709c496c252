import { dense, dropout, NeuralNetwork } from '../../lib';

/*
 * Each row is one kind of bad input: its name, a call that must fail, and the error's code, which implies its class, and full text.
 */
export type Call = (nn: Fixtures) => unknown;
export type Row = readonly [kind: string, call: Call, code: string, text: string];
export const TYPE = 'ERR_CHAINRULE_TYPE';
export const VALUE = 'ERR_CHAINRULE_VALUE';
export const SHAPE = 'ERR_CHAINRULE_SHAPE';
export const OPTION = 'ERR_CHAINRULE_OPTION';
export const FORMAT = 'ERR_CHAINRULE_FORMAT';
export const classes = new Map<string, ErrorConstructor>([
  [TYPE, TypeError],
  [VALUE, RangeError],
  [SHAPE, RangeError],
  [OPTION, TypeError],
  [FORMAT, Error],
]);

/** Bad input is what TypeScript would not let through. */
export type Loose = (...args: unknown[]) => unknown;
export type LooseNetwork = {
  [K in keyof NeuralNetwork]: NeuralNetwork[K] extends (...args: never[]) => unknown ? Loose : NeuralNetwork[K];
};

export interface Fixtures {
  /** 2-3-1, tanh and linear, mse. */
  nn: LooseNetwork;
  /** 2-dropout-3, softmax, crossEntropy. */
  classifier: LooseNetwork;
  /** 1-1 */
  scalar: LooseNetwork;
}

export const make = (options: unknown): NeuralNetwork => new NeuralNetwork(options as never);
export const makeLayer = (layer: unknown): NeuralNetwork => make({ inputSize: 2, layers: [layer] });
export const loose = (nn: NeuralNetwork): LooseNetwork => nn as unknown as LooseNetwork;
export const net = {
  nn: () => make({ inputSize: 2, layers: [dense(3, 'tanh'), dense(1)] }),
  classifier: () => make({ inputSize: 2, layers: [dropout(0.5), dense(3, 'softmax')] }),
  scalar: () => make({ inputSize: 1, layers: [dense(1)] }),
};

export const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
export const y = [0, 1, 1, 0];
export const xy = { x, y };

export const matrix = 'a matrix (rows of numbers, a typed array, or { data, shape })';
export const count = 'a whole number from 1 to 2147483647';
