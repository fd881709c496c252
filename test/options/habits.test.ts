import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { dense, dropout, type MatrixLike, NeuralNetwork } from '../../lib';
import { type CallHabit, callHabits, type HabitPlace, methodHabits, optionHabits } from '../../lib/options/habits';

// Every row of the table of habits: the error says what to write, and that works.

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [0, 1, 1, 0];
const make = (): NeuralNetwork => new NeuralNetwork({ inputSize: 2, layers: [dense(8, 'tanh'), dense(1)], seed: 1 });

type Loose = (...args: unknown[]) => unknown;
const loose = (value: unknown) => value as Record<string, Loose>;

/** Runs a piece of code as a user's program would have it. */
function run(code: string): unknown {
  const nn = make();
  const data = x.map((input, index) => ({ input, output: [y[index]] }));
  const { gradients } = nn.backward(x, y);
  const scope: Record<string, unknown> = { NeuralNetwork, dense, dropout, nn, x, X: x, y, data, gradients };
  const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => unknown;
  return new AsyncFunction(...Object.keys(scope), `{ ${code} }`)(...Object.values(scope));
}

const optionsOf = (code: string): object => new Function('dense', 'dropout', `return { ${code} };`)(dense, dropout) as object;

/** The call that has the options, or what is written in their place. */
const calls: Record<HabitPlace, (options: object) => unknown> = {
  fit: (options) => make().fit({ x: [...x, ...x], y: [...y, ...y] }, { epochs: 2, ...options }),
  network: (options) => new NeuralNetwork({ inputSize: 2, layers: [dense(1)], ...options }),
  layer: (options) => (dense as Loose)(8, 'relu', options),
  samples: (options) => make().fit(options as never, { epochs: 2 }),
  earlyStopping: (options) => make().fit({ x, y }, { epochs: 2, earlyStopping: options }),
  checkpoint: (options) => make().fit({ x, y }, { epochs: 2, checkpoint: options as never }),
  session: (options) => make().session(options),
  batcher: (options) => make().batcher(options),
};

const caught = async (call: () => unknown): Promise<unknown> => {
  try {
    return await call();
  } catch (error) {
    return error;
  }
};

const optionRows = Object.entries(optionHabits).flatMap(([place, rows]) =>
  rows.flatMap(([names, write]) => names.map((name) => ({ place: place as HabitPlace, name, write }))),
);

it.each(optionRows)('$place: $name', async ({ place, name, write }) => {
  const error = await caught(() => calls[place]({ [name]: 1 }));
  expect(error).toMatchObject({ name: 'ChainruleTypeError', code: 'ERR_CHAINRULE_OPTION' });
  expect((error as Error).message).toMatch(new RegExp(` has no (option|property) "${name}"; write `));
  expect((error as Error).message.endsWith(`; write ${write}`)).toBe(true);
});

it.each([...new Set(optionRows.map(({ write }) => write))])('what is written for an option works: %s', async (write) => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const { place } = optionRows.find((row) => row.write === write) as (typeof optionRows)[number];
  const isStatement = /^(await|new) /.test(write);
  // Options of fit and of the constructor, which may be named in a habit of a layer.
  const home: HabitPlace = write.startsWith('layers:') ? 'network' : place === 'layer' ? 'fit' : place;
  if (isStatement) await run(write);
  else if (home === 'samples') await calls.fit({});
  else if (home === 'checkpoint') expect(optionsOf(write)).toEqual({ path: expect.any(String) });
  else await calls[home](optionsOf(write));
  vi.restoreAllMocks();
});

const methodRows = methodHabits.flatMap(([names, write]) => names.map((name) => ({ name, write })));

it.each(methodRows)('nn.$name()', async ({ name, write }) => {
  const nn = make();
  const message = `a network has no method "${name}"; write ${write}`;
  expect(() => loose(nn)[name]?.([0, 1])).toThrow(
    expect.objectContaining({ name: 'ChainruleTypeError', code: 'ERR_CHAINRULE_OPTION', message }),
  );
  await run(write);
});

it('the traps are seen by nothing that lists or compares', () => {
  const nn = make();
  for (const { name } of methodRows) {
    expect(Object.keys(nn)).not.toContain(name);
    expect(Object.getOwnPropertyDescriptor(NeuralNetwork.prototype, name)).toMatchObject({ enumerable: false });
  }
  const listed: string[] = [];
  for (const key in nn) listed.push(key);
  expect(listed.filter((key) => methodRows.some(({ name }) => name === key))).toEqual([]);
});

const habits: Record<CallHabit, (nn: NeuralNetwork) => unknown> = {
  'fit(X, y)': (nn) => loose(nn).fit?.(x, y, { epochs: 100 }),
  'fit([{ input, output }])': (nn) => loose(nn).fit?.([{ input: [0, 1], output: [1] }]),
  'evaluate(X, y)': (nn) => loose(nn).evaluate?.(x, y),
  'layers: [8, 1]': () => new NeuralNetwork({ inputSize: 2, layers: [8, 1] as never }),
  'dense(8, { activation })': () => (dense as Loose)(8, { activation: 'relu' }),
  'dense({ units, activation })': () => (dense as Loose)({ units: 8, activation: 'relu' }),
  'dropout({ rate })': () => (dropout as Loose)({ rate: 0.5 }),
  'update(gradients, 0.1)': (nn) => nn.update(nn.backward(x, y).gradients, 0.1 as never),
  'update(backward(x, y), optimizer)': (nn) => nn.update(nn.backward(x, y) as never, 'sgd'),
  'forward(row); backward(target)': (nn) => [nn.forward([0, 1]), (nn.backward as Loose).call(nn, [1])],
  'backward({ x, y })': (nn) => (nn.backward as Loose).call(nn, { x, y }),
};

it.each(Object.keys(callHabits) as CallHabit[])('%s', async (habit) => {
  const error = await caught(() => habits[habit](make()));
  expect(error).toMatchObject({ name: 'ChainruleTypeError', code: 'ERR_CHAINRULE_TYPE' });
  expect((error as Error).message).toMatch(/ must be .*, got .*; write /);
  expect((error as Error).message.endsWith(`; write ${callHabits[habit]}`)).toBe(true);
});

it.each(Object.entries(callHabits))('what is written for %s works', async (habit, write) => {
  if (habit === 'layers: [8, 1]') new NeuralNetwork({ inputSize: 2, ...(optionsOf(write) as { layers: never }) });
  else await run(write);
});

it.each([
  ['a typed array and labels', Float32Array.from(x.flat()), Int32Array.from(y), 'fit(X, y)'],
  ['rows and labels in a typed array', x, Float32Array.from(y), 'fit(X, y)'],
  ['a tensor and a list', { data: x.flat(), shape: [4, 2] }, y, 'fit(X, y)'],
  ['rows without targets', x, undefined, 'fit(X, y)'],
  ['a typed array without targets', Float32Array.from(x.flat()), undefined, 'fit(X, y)'],
] as [string, MatrixLike, unknown, CallHabit][])('fit answers %s', async (_, data, labels, habit) => {
  const error = await caught(() => loose(make()).fit?.(data, labels));
  expect((error as Error).message.endsWith(`; write ${callHabits[habit]}`)).toBe(true);
});

it.each([
  ['Adam', 'adam'],
  ['SGD', 'sgd'],
  ['AdamW', 'adamw'],
  ['RMSProp', 'rmsprop'],
  ['momentum', 'sgd'],
  ['LBFGS', 'lbfgs'],
  ['L-BFGS', 'lbfgs'],
])('optimizer "%s" is told "%s"', async (given, meant) => {
  const error = await caught(() => make().fit({ x, y }, { optimizer: given as never }));
  expect((error as Error).message.endsWith(`; did you mean "${meant}"?`)).toBe(true);
});

it('a batch of a stream is still an object of x and y, each row one too', async () => {
  const history = await make().fit([{ x: [0, 1], y: [1] }], { epochs: 2 });
  expect(history.epoch).toEqual([1, 2]);
});

it('docs/habits.md has the table', () => {
  const text = readFileSync(path.join(__dirname, '../../docs/habits.md'), 'utf8');
  const row = (written: string, write: string): string => `| ${written} | \`${write}\` |`;
  const wanted = [
    ...Object.entries(callHabits).map(([habit, write]) => row(`\`${habit}\``, write)),
    ...methodHabits.map(([names, write]) => row(names.map((name) => `\`nn.${name}()\``).join(', '), write)),
    ...Object.entries(optionHabits).flatMap(([place, rows]) =>
      rows.map(([names, write]) => row(`${place}: ${names.map((name) => `\`${name}\``).join(', ')}`, write)),
    ),
  ];
  expect(text.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'))).toEqual(wanted);
});
