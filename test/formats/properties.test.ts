import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type NetworkOptions, NeuralNetwork, readNpy, readNpz, toNpy, toNpz } from '../../lib';
import { activationNames } from '../../lib/options';
import { randomize } from '../support/trained';

// Any network and any array, made by chance, through every format and back. fast-check looks for the smallest one that fails.

// Softmax over one unit is refused.
const units = fc.integer({ min: 2, max: 7 });
// Outputs of meanVariance are pairs, which go with one loss alone.
const activation = fc.constantFrom(...activationNames.filter((name) => name !== 'meanVariance'));

const dense = fc.record({ type: fc.constant('dense' as const), units, activation });

/** Layers as wide as what they are given. */
const unchanging = fc.oneof(
  fc.record({ type: fc.constant('activation' as const), activation }),
  fc.record({ type: fc.constantFrom('scale' as const, 'layerNorm' as const, 'batchNorm' as const) }),
  fc.record({ type: fc.constant('dropout' as const), rate: fc.constantFrom(0, 0.25, 0.5) }),
  fc.record({ type: fc.constant('gaussianNoise' as const), stddev: fc.constantFrom(0, 0.5) }),
);
const residual = fc.record({ type: fc.constant('residual' as const), layers: fc.array(unchanging, { minLength: 1, maxLength: 3 }) });

const members = fc.record({ type: fc.constant('members' as const), count: fc.integer({ min: 1, max: 3 }) });

const inputs = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('numeric' as const), columns: units }),
    fc.record({ type: fc.constant('categorical' as const), categories: fc.integer({ min: 2, max: 5 }) }),
    fc.record({ type: fc.constant('categorical' as const), categories: fc.integer({ min: 2, max: 5 }), width: units, columns: units }),
    fc.record({ type: fc.constant('periodic' as const), columns: units, frequencies: units, width: units, sigma: fc.constant(0.3) }),
  ),
  { minLength: 1, maxLength: 3 },
);

const start = fc.oneof(fc.record({ inputSize: units }), fc.record({ inputs }));

const text = fc.string({ unit: 'binary', maxLength: 20 });
const metadata = fc.dictionary(text, text, { maxKeys: 4 });

/** Any network: layers, then maybe members, and a last dense layer. Its classes may have names of any letters. */
const network: fc.Arbitrary<NetworkOptions> = fc
  .record({
    start,
    before: fc.array(fc.oneof(dense, unchanging, residual), { maxLength: 4 }),
    ensemble: fc.option(members, { nil: undefined }),
    after: fc.array(fc.oneof(dense, unchanging), { maxLength: 2 }),
    last: dense,
    precision: fc.constantFrom('f32' as const, 'f64' as const),
    names: fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), { minLength: 8, maxLength: 8 }),
    isNamed: fc.boolean(),
  })
  .map(({ start, before, ensemble, after, last, precision, names, isNamed }) => {
    const isClasses = last.activation === 'softmax';
    const layers = [...before, ...(ensemble ? [ensemble] : []), ...after, last];
    const classNames = isNamed && isClasses ? { classNames: names.slice(0, last.units) } : {};
    return { ...start, layers, precision, loss: isClasses ? 'crossEntropy' : 'mse', ...classNames } as NetworkOptions;
  });

/** A row for each seed: categories are whole numbers below two. */
const rowsFor = (nn: NeuralNetwork) => ({
  data: Float64Array.from({ length: 3 * nn.inputSize }, (_, index) =>
    nn.inputs.some(({ type }) => type === 'categorical') ? index % 2 : Math.sin(index),
  ),
  shape: [3, nn.inputSize] as [number, number],
});

function expectSame(other: NeuralNetwork, nn: NeuralNetwork): void {
  const x = rowsFor(nn);
  const [wanted, found] = [nn.predict(x), other.predict(x)];
  expect(found).toEqual(wanted);
  expect(other.classNames).toEqual(nn.classNames);
}

/** The bits of typed arrays: NaN and the sign of zeros count. */
const bits = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer => Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

const runs = { numRuns: 40 };

describe('any network', () => {
  const make = (options: NetworkOptions) => randomize(new NeuralNetwork(options));

  test('safetensors and base64 keep every bit, and every metadata', async () => {
    await fc.assert(
      fc.asyncProperty(network, metadata, async (options, texts) => {
        const nn = make(options);
        nn.metadata = texts;
        const bytes = nn.toBytes();
        const json = JSON.parse(JSON.stringify(nn.toJSON({ weights: 'base64' })));
        for (const other of [await NeuralNetwork.load(bytes), NeuralNetwork.fromBytes(bytes), NeuralNetwork.fromJSON(json)]) {
          expect(other.metadata).toEqual(texts);
          expect(Buffer.compare(other.toBytes(), bytes)).toBe(0);
          expectSame(other, nn);
        }
      }),
      runs,
    );
  });

  test('JSON keeps every prediction', () => {
    fc.assert(
      fc.property(network, (options) => {
        const nn = make(options);
        expectSame(NeuralNetwork.fromJSON(JSON.parse(JSON.stringify(nn))), nn);
      }),
      runs,
    );
  });

  test('ONNX keeps every prediction in single precision', async () => {
    await fc.assert(
      fc.asyncProperty(network, metadata, async (options, texts) => {
        const nn = make({ ...options, precision: 'f32' });
        nn.metadata = texts;
        const other = await NeuralNetwork.fromONNX(nn.toONNX());
        expect(other.metadata).toEqual(texts);
        expectSame(other as NeuralNetwork, nn);
      }),
      runs,
    );
  });

  test('PyTorch keeps every prediction of what it has modules for', async () => {
    const written = (nn: NeuralNetwork): Uint8Array | undefined => {
      try {
        return nn.toPyTorch().stateDict;
      } catch (error) {
        expect(error).toHaveProperty('code', 'ERR_CHAINRULE_OPTION');
        return undefined;
      }
    };
    await fc.assert(
      fc.asyncProperty(network, async (options) => {
        const nn = make(options);
        const stateDict = written(nn);
        fc.pre(stateDict !== undefined);
        // State dicts have no names of classes: the options have them.
        expectSame((await NeuralNetwork.fromSafetensors(stateDict, options)) as NeuralNetwork, nn);
      }),
      runs,
    );
  });
});

test('names and metadata of any 16-bit letters are refused at once, or come back', () => {
  const letters = fc
    .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 1, maxLength: 4 })
    .map((codes) => String.fromCharCode(...codes));
  const surrogates = fc
    .array(fc.integer({ min: 0xd800, max: 0xdfff }), { minLength: 1, maxLength: 3 })
    .map((codes) => String.fromCharCode(...codes));
  fc.assert(
    fc.property(fc.oneof(letters, surrogates), (name) => {
      fc.pre(name !== 'no');
      let nn: NeuralNetwork;
      try {
        nn = new NeuralNetwork({ inputSize: 1, layers: [{ type: 'dense', units: 1, activation: 'sigmoid' }], classNames: ['no', name] });
        nn.metadata = { [name]: name };
      } catch (error) {
        expect(error).toHaveProperty('code', 'ERR_CHAINRULE_VALUE');
        return;
      }
      const other = NeuralNetwork.fromBytes(nn.toBytes());
      expect(other.classNames).toEqual(['no', name]);
      expect(other.metadata).toEqual({ [name]: name });
    }),
  );
});

describe('any array', () => {
  const data = fc.oneof(
    fc.float32Array({ maxLength: 60 }),
    fc.float64Array({ maxLength: 60 }),
    fc.int8Array({ maxLength: 60 }),
    fc.uint8Array({ maxLength: 60 }),
    fc.int16Array({ maxLength: 60 }),
    fc.uint16Array({ maxLength: 60 }),
    fc.int32Array({ maxLength: 60 }),
    fc.uint32Array({ maxLength: 60 }),
  );
  /** Sizes whose product is the number of elements, or less: the rest is cut off. */
  const array = fc.tuple(data, fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 })).map(([values, sizes]) => {
    const size = sizes.reduce((product, dim) => product * dim, 1);
    const count = Math.floor(values.length / size);
    return { data: values.slice(0, count * size), shape: [count, ...sizes] };
  });

  test('npy', async () => {
    await fc.assert(
      fc.asyncProperty(array, async (given) => {
        const found = await readNpy(toNpy(given));
        expect(found.shape).toEqual(given.shape);
        expect(found.data.constructor).toBe(given.data.constructor);
        expect(bits(found.data)).toEqual(bits(given.data));
      }),
    );
  });

  test('npz, by any names', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, array, { maxKeys: 4 }), fc.boolean(), async (given, compress) => {
        const found = await readNpz(await toNpz(given, { compress }));
        expect(Object.keys(found).sort()).toEqual(Object.keys(given).sort());
        for (const [name, { data, shape }] of Object.entries(found)) {
          expect(shape).toEqual(given[name]?.shape);
          expect(bits(data)).toEqual(bits(given[name]?.data as ArrayBufferView));
        }
      }),
    );
  });
});
