import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { atOnce } from '../../../lib/event-loop';
import { decodingModel } from '../../../lib/formats/onnx/decode';
import { readingTensor } from '../../../lib/formats/onnx/read/tensors';

// ONNX's own tests of operators and models, where Debian's libonnx-testdata is installed: each is refused, or gives the outputs that it should.

const root = '/usr/lib/python3/dist-packages/onnx/backend/test/data';
const kinds = ['node', 'simple', 'pytorch-operator', 'pytorch-converted'];

/** The field of a message, with its length before it. */
function field(number: number, bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length, rest]), bytes]);
}

interface Numbers {
  data: Float64Array;
  dims: number[];
}

/** A file of one tensor. */
function tensorIn(file: string): Numbers {
  const model = atOnce(decodingModel(field(7, field(5, readFileSync(file))), file));
  return atOnce(readingTensor(model.graph?.initializers?.[0] ?? {}, file, () => undefined)) as unknown as Numbers;
}

/** The rows of all inputs, one beside the other. */
function rowsOf(inputs: Numbers[]): number[][] {
  const rows = inputs[0]?.dims[0] as number;
  const row = (r: number) => inputs.flatMap(({ data }) => [...data.subarray((r * data.length) / rows, ((r + 1) * data.length) / rows)]);
  return Array.from({ length: rows }, (_, r) => row(r));
}

const casesOf = (kind: string): string[] =>
  readdirSync(path.join(root, kind)).filter((name) => existsSync(path.join(root, kind, name, 'model.onnx')));

/** Outputs that are classes, rounded, or texts: the network gives scores, in single precision. */
const otherwise = /argmax|_to_FLOAT16|BFLOAT16|STRING/;

describe.runIf(existsSync(root))('ONNX', () => {
  let right = 0;

  test.each(kinds)('%s', async (kind) => {
    for (const name of casesOf(kind).filter((found) => !otherwise.test(found))) {
      const folder = path.join(root, kind, name);
      let nn: NeuralNetwork;
      try {
        nn = await NeuralNetwork.fromONNX(path.join(folder, 'model.onnx'));
      } catch (error) {
        expect((error as { code: string }).code, name).toBe('ERR_CHAINRULE_UNSUPPORTED');
        continue;
      }
      const set = path.join(folder, 'test_data_set_0');
      const inputs = readdirSync(set)
        .filter((file) => file.startsWith('input_'))
        .sort();
      const { data } = nn.predict(rowsOf(inputs.map((file) => tensorIn(path.join(set, file)))));
      const output = tensorIn(path.join(set, 'output_0.pb')).data;
      const wanted = /log_?softmax/i.test(name) ? output.map(Math.exp) : output;
      expect(data.length, name).toBe(wanted.length);
      for (const [i, value] of wanted.entries())
        expect(Math.abs((data[i] as number) - value), name).toBeLessThan(1e-5 * (1 + Math.abs(value)));
      right++;
    }
  });

  test('there were some', () => {
    expect(right).toBeGreaterThan(20);
  });
});
