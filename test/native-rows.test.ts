import { expect, it } from 'vitest';
import { dense } from '../lib';
import { native } from '../lib/native';
import { wire } from '../lib/native/wire';
import { checkNetwork, nativeSpec } from '../lib/options';

// The addon itself: TypeScript has checked rows already, but they are what memory is read by. WebAssembly copies the rows in JavaScript.

const spec = checkNetwork({ inputSize: 2, layers: [dense(1)] });
const network = () => new native.Network(wire.network(nativeSpec(spec)), 'f32');
const [x, y] = [new Float32Array(new SharedArrayBuffer(24)), new Float32Array(3)];
const isAddon = native.thread !== undefined;

it.runIf(isAddon).each<[string, number, unknown]>([
  ['a row that x has not', 2, Uint32Array.of(0, 3)],
  ['the largest row', 1, Uint32Array.of(2 ** 32 - 1)],
  ['fewer rows than are said', 3, Uint32Array.of(0, 1)],
  ['an array of another type', 2, Int32Array.of(0, 1)],
  ['a plain array', 2, [0, 1]],
])('refuses %s', async (_, rows, index) => {
  const refused = { code: 'ERR_CHAINRULE_INTERNAL' };
  await expect(async () => network().evaluate({ x, y, rows, index } as never)).rejects.toMatchObject(refused);
  await expect(async () => network().predictAsync(x, rows, index as never)).rejects.toMatchObject(refused);
  const gradients = new Float32Array(3);
  await expect(async () => network().backward({ x, y, rows, index } as never, gradients, wire.tensors([]))).rejects.toMatchObject(refused);
});

it('predicts the rows that are named, in their order', async () => {
  x.set([1, 2, 3, 4, 5, 6]);
  const all = await network().predictAsync(x, 3);
  expect(await network().predictAsync(x, 4, Uint32Array.of(2, 0, 0, 1))).toEqual(
    Float32Array.of(2, 0, 0, 1).map((row) => all[row] as number),
  );
});
