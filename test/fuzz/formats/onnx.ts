import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { NeuralNetwork } from '../../../lib';
import type { RandomNumbers } from '../../support/random-numbers';
import { changeBytes, changeFloat, texts } from '../bytes';
import { checkNetwork } from '../check';
import { folder } from '../files';
import { changeCount, type Format } from '../format';
import { fixture, fromBase64, goldens } from '../goldens';
import { bytesOf, changeFields, copyOf, type Field, fieldsOf, wordsOf } from '../protobuf';

/** Numbers of fields in ONNX's messages. */
const fields = { graph: 7, initializers: 5, dims: 1, type: 2, raw: 9, external: 13, location: 14 };
const bytesOfType: Readonly<Record<number, number>> = { 1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2 };

const messagesIn = (message: readonly Field[], number: number): Field[][] =>
  message.flatMap((field) => (field.number === number && Array.isArray(field.value) ? [field.value] : []));

const set = (message: Field[], number: number, wire: number, value: Field['value']): void => {
  const found = message.find((field) => field.number === number);
  if (found === undefined) message.push({ number, wire, value });
  else Object.assign(found, { wire, value });
};

/** Packed varints: 2^35 - 1; 2^31 and 0; -1. */
const largeSizes = [
  [255, 255, 255, 255, 127],
  [128, 128, 128, 128, 8, 0],
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
];

type Change = (tensor: Field[], random: RandomNumbers) => void;

/** Changes of a tensor in which all that belongs together changes together. */
const tensorChanges: readonly Change[] = [
  // Another shape or type, with as many bytes.
  (tensor, random) => {
    const type = random.below(2) === 0 ? 1 : Number(random.pick(Object.keys(bytesOfType)));
    const dims = Array.from({ length: random.below(4) }, () => random.below(6));
    const length = dims.reduce((product, dim) => product * dim, bytesOfType[type] ?? 1);
    set(tensor, fields.dims, 2, Uint8Array.from(dims));
    set(tensor, fields.type, 0, BigInt(type));
    set(
      tensor,
      fields.raw,
      2,
      Uint8Array.from({ length }, () => random.below(256)),
    );
  },
  (tensor, random) => {
    const raw = tensor.find(({ number }) => number === fields.raw);
    if (!(raw?.value instanceof Uint8Array)) return;
    raw.value = raw.value.slice();
    changeFloat(raw.value, 4, random);
  },
  // Bytes in a file beside the model, and how many from where.
  (tensor, random) => {
    const file = random.below(3) === 0 ? random.pick([...texts, 'weights/../weights', '../weights', './weights', 'model.onnx']) : 'weights';
    const entry = (key: string, value: string): Field => ({
      ...{ number: fields.external, wire: 2 },
      value: [key, value].map((word, index): Field => ({ number: index + 1, wire: 2, value: new Uint8Array(Buffer.from(word)) })),
    });
    const number = () => random.pick(['0', '4', '-1', '1e9', '99999999999999999999', 'x', '0x10', '', '32']);
    tensor.push(entry('location', file));
    if (random.below(2) === 0) tensor.push(entry('offset', number()));
    if (random.below(2) === 0) tensor.push(entry('length', number()));
    set(tensor, fields.location, 0, 1n);
  },
  // Sizes whose product is too large, or that are negative.
  (tensor, random) => set(tensor, fields.dims, 2, Uint8Array.from(random.pick(largeSizes))),
];

function changeTensor(root: Field[], random: RandomNumbers): void {
  const tensors = messagesIn(root, fields.graph).flatMap((graph) => messagesIn(graph, fields.initializers));
  if (tensors.length > 0) random.pick(tensorChanges)(random.pick(tensors), random);
}

/** External data: enough for the tensors of the good models. */
const weights = Uint8Array.from({ length: 4096 }, (_, index) => (index % 4 === 3 ? 62 : index % 7));

/** ONNX files by several exporters and by Chainrule: in memory with their external data, and as files. */
export function onnx(): Format {
  const whole = goldens<{ model: string; external?: unknown }[]>('onnx').filter(({ external }) => external === undefined);
  const files = [fixture('network-1.onnx'), ...whole.map(({ model }) => fromBase64(model))];
  const good = files.map((file) => fieldsOf(file, 'model'));
  const words = [...new Set(good.flatMap((file) => [...wordsOf(file)])), ...texts];
  return {
    make(random) {
      const count = changeCount(random);
      const root = copyOf(random.pick(good));
      for (let change = 0; change < count; change++) {
        if (random.below(4) === 0) changeTensor(root, random);
        else changeFields(root, random, words);
      }
      const whole = bytesOf(root);
      const file = count > 0 && random.below(5) === 0 ? changeBytes(whole, random) : whole;
      const fromFile = random.below(8) === 0;
      return {
        size: file.length + weights.length,
        isUnchanged: count === 0,
        read: () => (fromFile ? NeuralNetwork.fromONNX(written(file)) : NeuralNetwork.fromONNX(file, { externalData: { weights } })),
        check: checkNetwork,
      };
    },
  };
}

function written(file: Uint8Array): string {
  const own = path.join(folder(), 'onnx');
  mkdirSync(own, { recursive: true });
  writeFileSync(path.join(own, 'model.onnx'), file);
  writeFileSync(path.join(own, 'weights'), weights);
  return path.join(own, 'model.onnx');
}
