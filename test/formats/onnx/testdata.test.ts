import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { NeuralNetwork } from '../../../lib';
import { atOnce } from '../../../lib/event-loop';
import { decodingModel } from '../../../lib/formats/onnx/decode';
import { encodeModel } from '../../../lib/formats/onnx/encode';
import { readingTensor } from '../../../lib/formats/onnx/read/tensors';
import type { OnnxModel, OnnxTensor } from '../../../lib/formats/onnx/schema';

/*
 * ONNX's own tests of operators and models, where Debian's libonnx-testdata is installed, as it is in CI: each is refused, or gives the outputs
 * that it should. Many have weights, limits and axes as inputs, where models of layers have constants. Each is tried with all inputs but the first as
 * constants, too, or but the second.
 */

const root = '/usr/share/libonnx-testdata/data';

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

const decode = (bytes: Uint8Array): OnnxModel => atOnce(decodingModel(bytes, 'bytes'));

/** A file of one tensor. */
const tensorIn = (file: string): OnnxTensor => decode(field(7, field(5, readFileSync(file)))).graph?.initializers?.[0] ?? {};
const numbersIn = (tensor: OnnxTensor): Numbers => atOnce(readingTensor(tensor, 'bytes', () => undefined)) as unknown as Numbers;

/** Not a sequence or an optional value. */
function isTensor(tensor: OnnxTensor): boolean {
  try {
    return numbersIn(tensor).dims.length >= 0;
  } catch {
    return false;
  }
}

/** The rows of all inputs, one beside the other. */
function rowsOf(inputs: Numbers[]): number[][] {
  const [rows = 1, ...columns] = inputs[0]?.dims ?? [];
  if (columns.length === 0) return [inputs.flatMap(({ data }) => [...data])];
  const part = ({ data }: Numbers, r: number) => data.subarray((r * data.length) / rows, ((r + 1) * data.length) / rows);
  const row = (r: number) => inputs.flatMap((input) => [...part(input, r)]);
  return Array.from({ length: rows }, (_, r) => row(r));
}

/** A model, and the inputs that it still has. */
interface Variant {
  bytes: Uint8Array;
  inputs: OnnxTensor[];
}

/** The whole model, and those with one input alone. */
function variantsOf(model: OnnxModel, given: OnnxTensor[]): Variant[] {
  const { inputs = [], initializers = [], ...graph } = model.graph ?? {};
  const open = inputs.filter(({ name }) => !initializers.some((tensor) => tensor.name === name));
  const alone = (kept: number): Variant => {
    const constants = given.flatMap((tensor, i) => (i === kept ? [] : [{ ...tensor, name: open[i]?.name as string }]));
    const changed = { ...graph, inputs: open.slice(kept, kept + 1), initializers: [...initializers, ...constants] };
    return { bytes: encodeModel({ ...model, graph: changed }), inputs: given.slice(kept, kept + 1) };
  };
  const whole = { bytes: encodeModel(model), inputs: given };
  return given.length > 1 && given.every(isTensor) ? [whole, alone(0), alone(1)] : [whole];
}

/** Outputs that are classes, rounded, or texts: the network gives scores, in single precision. */
const otherwise = /argmax|_to_FLOAT16|BFLOAT16|STRING/;

/** The network of the first variant that is read. */
async function networkOf(variants: Variant[], name: string): Promise<{ nn: NeuralNetwork; inputs: OnnxTensor[] } | undefined> {
  for (const { bytes, inputs } of variants) {
    try {
      return { nn: await NeuralNetwork.fromONNX(bytes), inputs };
    } catch (error) {
      expect((error as { code: string }).code, `${name}: ${(error as Error).stack}`).toBe('ERR_CHAINRULE_UNSUPPORTED');
    }
  }
  return undefined;
}

describe.runIf(existsSync(root))('ONNX', () => {
  /** The least numbers of models that are read, and give the right outputs. */
  test.each([
    ['node', 133],
    ['simple', 2],
    ['pytorch-operator', 10],
    ['pytorch-converted', 23],
  ])('%s: at least %i are right, and none is wrong', async (kind, least) => {
    const right: string[] = [];
    const wrong: string[] = [];
    for (const name of readdirSync(path.join(root, kind)).filter((found) => !otherwise.test(found))) {
      const folder = path.join(root, kind, name);
      const set = path.join(folder, 'test_data_set_0');
      if (!existsSync(path.join(set, 'output_0.pb'))) continue;
      const given = readdirSync(set)
        .filter((file) => file.startsWith('input_'))
        .sort();
      const variants = variantsOf(
        decode(readFileSync(path.join(folder, 'model.onnx'))),
        given.map((file) => tensorIn(path.join(set, file))),
      );
      const read = await networkOf(variants, name);
      if (read === undefined) continue;
      const output = numbersIn(tensorIn(path.join(set, 'output_0.pb'))).data;
      const wanted = /log_?softmax/i.test(name) ? output.map(Math.exp) : output;
      const { data } = read.nn.predict(rowsOf(read.inputs.map(numbersIn)));
      const isRight =
        data.length === wanted.length && wanted.every((value, i) => Math.abs((data[i] as number) - value) < 1e-5 * (1 + Math.abs(value)));
      (isRight ? right : wrong).push(name);
    }
    expect(wrong).toEqual([]);
    expect(right.length).toBeGreaterThanOrEqual(least);
  });
});
