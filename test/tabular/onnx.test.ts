import { describe, expect, it } from 'vitest';
import { Table, TabularModel } from '../../lib/tabular';
import { flowers, quick } from './tables';

// Refusals of toONNX. test/onnx, which has a runtime, shows that the files predict the same.

const trained = (columns: Record<string, unknown[]>): Promise<TabularModel> =>
  TabularModel.train(Table.from(columns as never), { target: 'price', ...quick, epochs: 1 });

const price = Array.from({ length: 40 }, (_, row) => row + 0.5);
const numbers = price.map((_, row) => row % 7);

const thrown = (make: () => unknown): unknown => {
  try {
    make();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
};

describe('a column that cannot be an input', () => {
  it.each<[string, RegExp]>([
    ['', /^the column "" has an empty name/],
    ['half \ud83d', /^the column "half \\ud83d" has a name that is no Unicode text/],
  ])('by its name %j', async (name, message) => {
    const model = await trained({ [name]: numbers, price });
    expect(thrown(() => model.toONNX())).toMatchObject({ code: 'ERR_CHAINRULE_UNSUPPORTED', message: expect.stringMatching(message) });
  });

  it('as it has the name of an output, unless outputs have others', async () => {
    const model = await trained({ value: numbers, price });
    expect(thrown(() => model.toONNX())).toMatchObject({
      code: 'ERR_CHAINRULE_OPTION',
      message: 'the column "value" has the name of an output; with { outputPrefix: \'predicted_\' } outputs have others',
    });
    expect(model.toONNX({ outputPrefix: 'predicted_' })).toBeInstanceOf(Uint8Array);
  });
});

it('a model of no column', async () => {
  const model = await trained({ same: price.map(() => 3), price });
  expect(thrown(() => model.toONNX())).toMatchObject({
    code: 'ERR_CHAINRULE_UNSUPPORTED',
    message: expect.stringMatching(/^the model uses no column/),
  });
});

it.each<[object, string, RegExp]>([
  [{ opset: 16 }, 'ERR_CHAINRULE_VALUE', /^opset must be .* got 16$/],
  [{ opset: 22 }, 'ERR_CHAINRULE_VALUE', /^opset must be .* got 22$/],
  [{ outputPrefix: 'a b' }, 'ERR_CHAINRULE_VALUE', /^outputPrefix must be .* got "a b"$/],
  [{ outputPrefix: 3 }, 'ERR_CHAINRULE_TYPE', /^outputPrefix must be .* got 3$/],
  [{ inputName: 'x' }, 'ERR_CHAINRULE_OPTION', /inputName/],
])('the options %j', async (options, code, message) => {
  const model = await TabularModel.train(flowers(40), { target: 'kind', ...quick, epochs: 1 });
  expect(thrown(() => model.toONNX(options as never))).toMatchObject({ code, message: expect.stringMatching(message) });
});
