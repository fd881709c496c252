import { describe, expect, test } from 'vitest';
import { ChainruleError } from '../../lib/errors';
import { fromJSON, toJSON } from '../../lib/formats/json';
import { exampleModel } from '../support/models';

/** A document after a way through a text file. */
const reparsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('round trip', () => {
  test.each(['f32', 'f64'] as const)('%s: every bit comes back', (precision) => {
    const state = exampleModel({ precision, loss: { type: 'crossEntropy' } });
    expect(fromJSON(reparsed(toJSON(state)))).toEqual(state);
  });

  test('the document reads well', () => {
    const state = exampleModel({ inputSize: 2, layers: [{ type: 'dense', units: 1 }] });
    state.parameters.set([0.1, -3, 1e-7]);
    expect(toJSON(state)).toEqual({
      format: 'chainrule',
      version: 2,
      spec: state.spec,
      parameters: { 'layers.0.weights': [[0.1], [-3]], 'layers.0.bias': [1e-7] },
    });
  });

  test('numbers in single precision have few digits, and are exact', () => {
    const values = [
      ...[0.1, 0.2, 1 / 3, 2 / 3, 16777215, 16777216, 16777218, 1e10, 123456.78, 3.4028234663852886e38, 1.17549435e-38, 1e-45, 1.4e-45],
      ...Array.from({ length: 277 }, (_, k) => 2 ** (k - 149)),
      ...Array.from({ length: 5000 }, (_, k) => Math.sin(k) * 2 ** ((k % 250) - 125)),
    ];
    const state = exampleModel({ inputSize: values.length, layers: [{ type: 'dense', units: 1 }] });
    state.parameters.set(values);
    const written = toJSON(state).parameters['layers.0.weights']?.flat() as number[];
    expect(written.slice(0, 4)).toEqual([0.1, 0.2, 0.33333334, 0.6666667]);
    for (const [index, value] of written.entries()) {
      expect(Math.fround(value)).toBe(Math.fround(values[index] as number));
      expect(
        String(value)
          .replace(/e.*|^-?0*\.0*|[-.]/g, '')
          .replace(/0+$/, '').length,
      ).toBeLessThanOrEqual(9);
    }
  });
});

describe('base64', () => {
  test.each(['f32', 'f64'] as const)('%s: every bit comes back, and the sign of a zero', (precision) => {
    const state = exampleModel({ precision, loss: { type: 'crossEntropy' } });
    state.parameters[3] = -0;
    expect(fromJSON(reparsed(toJSON(state, { weights: 'base64' })))).toEqual(state);
  });

  test('all lengths', () => {
    for (let units = 1; units < 14; units++) {
      const state = exampleModel({ inputSize: 1, layers: [{ type: 'dense', units }] });
      const { parameters } = toJSON(state, { weights: 'base64' });
      expect(parameters['layers.0.bias']).toBe(Buffer.from(state.parameters.slice(units).buffer).toString('base64'));
      expect(fromJSON(toJSON(state, { weights: 'base64' }))).toEqual(state);
    }
  });

  test('a document may have both', () => {
    const state = exampleModel();
    const [plain, texts] = [toJSON(state), toJSON(state, { weights: 'base64' })];
    const parameters = { ...plain.parameters, 'layers.0.weights': texts.parameters['layers.0.weights'] };
    expect(fromJSON({ ...plain, parameters })).toEqual(state);
  });

  test('JSON.stringify passes the name of a property, which is none of the options', () => {
    const nn = { toJSON: (key: string) => toJSON(exampleModel(), key) };
    expect(JSON.parse(JSON.stringify({ base64: nn })).base64).toEqual(toJSON(exampleModel()));
    expect(() => toJSON(exampleModel(), { weights: 'hex' } as never)).toThrow(/^weights must be one of "plain" or "base64", got "hex"/);
    expect(() => toJSON(exampleModel(), { weight: 'base64' } as never)).toThrow(/did you mean "weights"/);
  });

  const document = toJSON(exampleModel(), { weights: 'base64' });
  const text = document.parameters['layers.0.bias'] as string;
  test.each<[string, string, RegExp]>([
    ['too short', text.slice(4), /must have 28 characters of base64 in parameters\["layers\.0\.bias"\], got 24/],
    ['too long', `${text}AAAA`, /must have 28 characters .*, got 32/],
    ['another alphabet', `_${text.slice(1)}`, /must have base64 in parameters\["layers\.0\.bias"\]/],
    ['a letter beyond ASCII', `é${text.slice(1)}`, /must have base64/],
    ['padding in the middle', `${text.slice(0, 4)}====${text.slice(8)}`, /must have base64/],
    ['no padding', `${text.slice(0, -1)}A`, /must have base64/],
    [
      'NaN',
      Buffer.from(Float32Array.of(1, Number.NaN, 3, 4, 5).buffer).toString('base64'),
      /has NaN in parameters\["layers\.0\.bias"\] at \[1\]/,
    ],
  ])('%s', (_, bias, message) => {
    const load = () => fromJSON({ ...document, parameters: { ...document.parameters, 'layers.0.bias': bias } }, 'model.json');
    expect(load).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT' }));
    expect(load).toThrow(message);
  });
});

describe('what is not a model', () => {
  const document = toJSON(exampleModel());
  const { parameters } = document;
  const changed = (change: object) => ({ ...document, parameters: { ...parameters, ...change } });
  const rows = (change: (rows: unknown[][]) => void) => {
    const weights: unknown[][] = (parameters['layers.0.weights'] as number[][]).map((row) => [...row]);
    change(weights);
    return changed({ 'layers.0.weights': weights });
  };

  test.each<[what: string, json: unknown, message: RegExp]>([
    ['nothing', undefined, /must be an object, got undefined/],
    ['null', null, /must be an object, got null/],
    ['text', JSON.stringify(document), /must be an object, got a string/],
    ['an array', [document], /must be an object, got an array of 1/],
    ['another program’s', { weights: [] }, /is not one of Chainrule/],
    ['another version', { ...document, version: 3 }, /has the format version 3; this version of Chainrule reads 2/],
    ['the first version', { ...document, version: 1 }, /has the format version 1, which was never released: .*reads 2/],
    [
      'a bad spec',
      { ...document, spec: { ...document.spec, inputSize: 2.5 } },
      /describes no valid network: spec\.inputSize must be a whole number/,
    ],
    ['an option that does not exist', { ...document, spec: { ...document.spec, sead: 1 } }, /did you mean "seed"/],
    ['no parameters', { ...document, parameters: undefined }, /must have an object in parameters, got undefined/],
    ['a list of parameters', { ...document, parameters: [] }, /must have an object in parameters, got an array/],
    [
      'a tensor too few',
      changed({ 'layers.2.bias': undefined }),
      /must have an array of 2 in parameters\["layers\.2\.bias"\], got undefined/,
    ],
    ['a tensor too many', changed({ 'layers.1.bias': [1] }), /has a tensor "layers\.1\.bias" that its network does not/],
    [
      'a tensor that is null',
      changed({ 'layers.2.weights': null }),
      /must have an array of 5 in parameters\["layers\.2\.weights"\], got null/,
    ],
    [
      'a row too many',
      rows((weights) => weights.push([])),
      /must have an array of 3 in parameters\["layers\.0\.weights"\], got an array of 4/,
    ],
    [
      'a ragged row',
      rows((weights) => weights[2]?.pop()),
      /must have an array of 5 in parameters\["layers\.0\.weights"\]\[2\], got an array of 4/,
    ],
    [
      'a row that is a number',
      rows((weights) => weights.splice(1, 1, 4 as never)),
      /must have an array of 5 in parameters\["layers\.0\.weights"\]\[1\], got 4/,
    ],
    [
      'NaN, which JSON writes as null',
      rows((weights) => weights[1]?.splice(3, 1, null)),
      /must have a number in parameters\["layers\.0\.weights"\]\[1\]\[3\], got null/,
    ],
    [
      'a number as text',
      changed({ 'layers.0.bias': ['1', 2, 3, 4, 5] }),
      /must have a number in parameters\["layers\.0\.bias"\]\[0\], got "1"/,
    ],
    ['NaN', rows((weights) => weights[1]?.splice(3, 1, Number.NaN)), /has NaN in parameters\["layers\.0\.weights"\] at \[1, 3\]/],
    [
      'a number too large for f32',
      changed({ 'layers.0.bias': [0, 0, 1e39, 0, 0] }),
      /has Infinity in parameters\["layers\.0\.bias"\] at \[2\]/,
    ],
    [
      'a promise of enormous size',
      { ...document, spec: { ...document.spec, inputSize: 1e8 } },
      /must have an array of 100000000 in parameters\["layers\.0\.weights"\]/,
    ],
    [
      'a promise of enormous width',
      {
        format: 'chainrule',
        version: 2,
        spec: { inputSize: 1, layers: [{ type: 'dense', units: 1e9 }] },
        parameters: { 'layers.0.weights': [[]] },
      },
      /must have an array of 1000000000 in parameters\["layers\.0\.weights"\]\[0\]/,
    ],
  ])('%s', (_, json, message) => {
    const load = () => fromJSON(json, 'model.json');
    expect(load).toThrow(ChainruleError);
    expect(load).toThrow(expect.objectContaining({ code: 'ERR_CHAINRULE_FORMAT' }));
    expect(load).toThrow(message);
    expect(load).toThrow(/^model\.json /);
  });
});
