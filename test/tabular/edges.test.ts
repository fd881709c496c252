import { describe, expect, it } from 'vitest';
import { Table, TabularModel } from '../../lib/tabular';
import { flowers, houses, quick } from './tables';

const train = (table: unknown, options: object): Promise<TabularModel> =>
  TabularModel.train(table as Table, { ...quick, ...options } as never);

describe('what is not trained on is a clear error', () => {
  const nothing = Table.from({ a: [1.5, 2.5, 3.5], y: [null, null, null] }, { columns: { y: 'number' } });
  it.each<[string, unknown, object, RegExp]>([
    ['no table', [{ a: 1 }], { target: 'a' }, /^table must be a Table: await readTable\(path\), or Table.from\(records\)/],
    ['no target', houses(20), {}, /^target must be the name of a column/],
    [
      'an unknown target',
      houses(20),
      { target: 'prize' },
      /^target is "prize", which is not a column of the table; did you mean "price"\?/,
    ],
    ['an unknown option', houses(20), { target: 'price', epoch: 3 }, /^options has no option "epoch"; did you mean "epochs"\?/],
    [
      'an unknown recipe',
      houses(20),
      { target: 'price', recipe: 'fats' },
      /^recipe must be one of "default" or "fast", got "fats"; did you mean "fast"\?/,
    ],
    ['an unknown feature', houses(20), { target: 'price', features: ['romms'] }, /^features\[0\] is "romms".*did you mean "rooms"\?/],
    ['the target as a feature', houses(20), { target: 'price', features: ['price'] }, /^features must not have the target/],
    ['one column', Table.from({ a: [1.5, 2.5] }), { target: 'a' }, /^the table has no column to predict "a" from/],
    [
      'no column left',
      houses(20),
      { target: 'price', features: ['area'], drop: ['area'] },
      /^the table has no column to predict "price" from \("area": left out/,
    ],
    ['no value of the target', nothing, { target: 'y' }, /^the target "y" must have a value in two rows at least, got 0 of 3/],
    ['texts for regression', flowers(20), { target: 'kind', task: 'regression' }, /^task must be "classes", as "kind" has texts/],
    [
      'numbers that are too large',
      Table.from({ a: [1.5, 2.5, 3.5], y: [1e300, -1e300, 1] }),
      { target: 'y' },
      /^target "y" has numbers that are too large/,
    ],
    ['dates', houses(30), { target: 'sold' }, /^target "sold" has dates, which cannot be predicted/],
  ])('%s', async (_, table, options, message) => {
    await expect(train(table, options)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      code: expect.stringMatching(/^ERR_CHAINRULE_/),
    });
  });

  it('labels that differ by a full stop are shown on both sides', async () => {
    const model = await train(flowers(60), { target: 'kind' });
    const others = Table.from(
      Array.from({ length: 9 }, (_, row) => ({ ...flowers(9).record(row), kind: `${flowers(9).record(row).kind}.` })),
    );
    await expect(model.evaluate(others)).rejects.toMatchObject({
      code: 'ERR_CHAINRULE_VALUE',
      message:
        'the column "kind" has "lily.", "orchid.", "rose." in 9 rows, where training had the classes "lily", "orchid", "rose"; they differ by ' +
        'punctuation, spaces or case alone',
    });
    await expect(train(flowers(60), { target: 'kind', test: others })).rejects.toThrow('"lily."');
    await expect(model.evaluate(others.drop('kind'))).rejects.toThrow(/^the table has no column "kind", the target/);
  });
});

describe('the task', () => {
  const numbers = (values: number[]): Table => Table.from({ a: values.map((_, row) => row + 0.5), y: values });
  const ages = Array.from({ length: 300 }, (_, row) => row % 60);
  const grades = Array.from({ length: 300 }, (_, row) => row % 5);

  it.each<[string, number[], string, RegExp]>([
    ['two numbers', ages.map((age) => age % 2), 'classes', /^"y" has two numbers; \{ task: 'regression' \}/],
    ['few whole numbers', grades, 'classes', /^"y" has 5 whole numbers in 300 rows; \{ task: 'regression' \}/],
    ['many whole numbers', ages, 'regression', /^"y" has 60 different numbers; \{ task: 'classes' \}/],
    ['few fractions', grades.map((grade) => grade + 0.5), 'regression', /^"y" has 5 different numbers$/],
  ])('of %s', async (_, values, task, why) => {
    const { report } = await train(numbers(values), { target: 'y', epochs: 1, refit: false });
    expect(report.task).toBe(task);
    expect(report.taskWhy).toMatch(why);
  });

  it('can be said', async () => {
    const model = await train(numbers(grades), { target: 'y', task: 'regression', epochs: 1 });
    expect(model.report.taskWhy).toBe('as asked');
    expect(typeof model.predict({ a: 1 }).value).toBe('number');
    const classes = await train(numbers(ages), { target: 'y', task: 'classes', epochs: 1 });
    expect(classes.schema.target.classes?.slice(0, 3)).toEqual(['0', '1', '2']);
  });
});

describe('small and odd tables', () => {
  it('two rows', async () => {
    for (const y of [
      [1.5, 2.5],
      ['yes please', 'no thanks'],
    ]) {
      const model = await train(
        Table.from({ a: [1.5, 2.5], y } as never, { columns: { y: typeof y[0] === 'number' ? 'number' : 'category' } }),
        {
          target: 'y',
        },
      );
      expect(model.report.split).toMatchObject({ train: typeof y[0] === 'number' ? 1 : 2, validation: 0 });
      expect(model.report.warnings.map(({ code }) => code)).toContain('WARN_CHAINRULE_FEW_ROWS');
      expect(Object.keys(model.predict({ a: 1.5 })).length).toBeGreaterThan(0);
    }
  });

  it('columns that differ in other rows only', async () => {
    const table = Table.from({
      a: Array.from({ length: 40 }, (_, row) => (row === 39 ? 1 : 0)),
      y: Array.from({ length: 40 }, (_, row) => row + 0.5),
    });
    const { report } = await train(table, { target: 'y', split: { time: 'y' }, refit: false });
    expect(report.warnings.map(({ code }) => code)).toContain('WARN_CHAINRULE_NO_FEATURES');
  });

  it('many columns', async () => {
    const columns = Object.fromEntries(
      Array.from({ length: 3000 }, (_, column) => [`c${column}`, [1, 2, 3, 4].map((row) => (row * (column + 7)) % 11)]),
    );
    const model = await train(Table.from({ ...columns, y: [1.5, 2.5, 3.5, 4.5] }), { target: 'y', epochs: 1, importance: true });
    expect(model.report.importance).toEqual([]);
    expect(model.schema.columns.length).toBeGreaterThan(2500);
  });

  it('names of classes that are long', async () => {
    const [short, long] = ['a', 'b'.repeat(3000)];
    const y = Array.from({ length: 40 }, (_, row) => (row % 2 ? short : long));
    const model = await train(Table.from({ a: y.map((label) => label.length), y }, { columns: { y: 'category' } }), { target: 'y' });
    expect([short, long]).toContain(model.predict({ a: 1 }).label);
    expect(model.network.classNames).toBeUndefined();
  });

  it('names of columns and classes that objects have', async () => {
    const rows = Array.from({ length: 40 }, (_, row) => [row + 0.5, row % 2 ? 'constructor' : '__proto__'] as const);
    const table = Table.from({ toString: rows.map(([a]) => a), hasOwnProperty: rows.map(([a]) => -a), y: rows.map(([, y]) => y) });
    const model = await train(table, { target: 'y' });
    const { label, probabilities } = model.predict({ toString: 1, hasOwnProperty: 2 } as never);
    expect(['constructor', '__proto__']).toContain(label);
    expect(Object.keys(probabilities as object).sort()).toEqual(['__proto__', 'constructor']);
    expect((await TabularModel.load(model.toBytes())).report).toEqual(model.report);
  });
});
