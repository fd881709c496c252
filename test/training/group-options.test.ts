import { once } from 'node:events';
import net from 'node:net';
import { types } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dense, type FitOptions, NeuralNetwork } from '../../lib';
import type { Group } from '../../lib/group';

// The option `group` without MPI: values that are none, and tables that are none. The addon must not take them for pointers.

const table = Symbol.for('chainrule.group');
const nn = () => new NeuralNetwork({ inputSize: 1, layers: [dense(1)], seed: 1 });
const data = { x: Array.from({ length: 32 }, (_, i) => [i / 32]), y: Array.from({ length: 32 }, (_, i) => i / 16) };
const train = (group: unknown, more: FitOptions = {}) => nn().fit(data, { epochs: 1, warnings: false, group: group as Group, ...more });

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};

/** An external that is not ours: the pointer of a stream of libuv. */
let external: unknown;
const server = net.createServer();
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  external = Reflect.get(Reflect.get(server, '_handle'), '_externalStream');
  expect(types.isExternal(external)).toBe(true);
});
afterAll(() => server.close());

/** A group of one, as far as JavaScript sees it. */
const fake = (value: unknown, more: object = {}) => ({ rank: 0, size: 1, exchange: async () => new Uint8Array(), [table]: value, ...more });

const strange: [string, () => unknown][] = [
  ['null', () => null],
  ['a number', () => 5],
  ['text', () => 'group'],
  ['a symbol', () => table],
  ['a function', () => () => {}],
  ['an object', () => ({})],
  ['an array', () => [1]],
  ['a revoked proxy', revoked],
  ['an object with rank and size', () => ({ rank: 0, size: 1 })],
  ['a table that is undefined', () => fake(undefined)],
  ['a table that is null', () => fake(null)],
  ['a table that is a number', () => fake(2 ** 40)],
  ['a table that is a bigint', () => fake(2n ** 40n)],
  ['a table that is an object', () => fake({ exchange() {} })],
  ['a table that is an array of bytes', () => fake(new Uint8Array(64))],
  ['a table that is a proxy of an external', () => fake(new Proxy(Object(external), {}))],
  ['the external itself', () => external],
];

describe('a group that is none', () => {
  it.each(strange)('%s', async (_, make) => {
    const refused = {
      code: 'ERR_CHAINRULE_OPTION',
      message: expect.stringMatching(/^group must be a group, as mpi\(\) of chainrule\/mpi/),
    };
    await expect(train(make())).rejects.toMatchObject(refused);
  });

  it.each([
    { size: 0 },
    { size: 3 },
    { size: -1 },
    { size: 0.5 },
    { size: Number.NaN },
    { size: Number.POSITIVE_INFINITY },
    { size: '1' },
    { size: 1n },
    { size: Symbol('s') },
    { size: undefined },
    { rank: 1 },
    { rank: -1 },
    { rank: 0.5, size: 2 },
    { rank: undefined },
    { exchange: undefined },
    { exchange: 5 },
  ])('an external with %o', async (more) => {
    const refused = {
      code: 'ERR_CHAINRULE_OPTION',
      message: 'group must be a group, as mpi() of chainrule/mpi makes it, got one of another kind',
    };
    await expect(train(fake(external, more))).rejects.toMatchObject(refused);
  });

  it('the addon refuses an external of something else, and the network can be trained afterwards', async () => {
    const network = nn();
    const weights = [...(network.layers[0]?.weights.data ?? [])];
    for (let round = 0; round < 3; round++) {
      const training = network.fit(data, { epochs: 1, warnings: false, group: fake(external) as unknown as Group });
      await expect(training).rejects.toThrow('group is not a group');
      expect([...(network.layers[0]?.weights.data ?? [])]).toEqual(weights);
    }
    expect((await network.fit(data, { epochs: 2, warnings: false })).loss).toHaveLength(2);
  });
});

describe('options that do not go with a group', () => {
  it.each([
    [{ shards: 2 }, { size: 4 }, 'shards must be a multiple of the 4 ranks of the group, got 2'],
    [{ batchSize: 24 }, { size: 2 }, 'batchSize must be a multiple of shards (16), so that each has as many rows, got 24'],
    [{}, { size: 64 }, 'batchSize must be a multiple of shards (64), so that each has as many rows, got 32'],
    [{ validationSplit: 0.5 }, {}, 'group does not go with validationSplit: give validation, the same rows on each rank'],
    [
      { classWeight: 'balanced' as const },
      {},
      'group does not go with classWeight "balanced", as no rank can count all classes: give the weights',
    ],
    [{ metrics: ['r2' as const] }, {}, 'in a group the metric "r2" needs validation data: no rank has all rows'],
    [
      { metrics: ['r2' as const], validation: data, earlyStopping: { monitor: 'r2' } },
      {},
      'earlyStopping.monitor "r2" is not measured in a group: take "val_r2"',
    ],
  ])('%o', async (options, more, message) => {
    await expect(train(fake(external, more), options)).rejects.toMatchObject({ code: 'ERR_CHAINRULE_OPTION', message });
  });

  it('optimizer "lbfgs"', async () => {
    const message = 'group does not go with optimizer "lbfgs", which has all rows in each step';
    await expect(train(fake(external), { optimizer: 'lbfgs' })).rejects.toMatchObject({ code: 'ERR_CHAINRULE_OPTION', message });
  });

  it('what a rank alone has against its data reaches the others', async () => {
    const told: number[] = [];
    const exchange = async (partner: number, bytes: Uint8Array) => {
      told.push(partner, new Float64Array(Uint8Array.from(bytes).buffer)[0] as number);
      return new Uint8Array(Float64Array.of(1).buffer);
    };
    const training = nn().fit({ x: [[Number.NaN]], y: [1] }, { group: fake(external, { size: 2, exchange }) as unknown as Group });
    await expect(training).rejects.toMatchObject({ code: 'ERR_CHAINRULE_VALUE' });
    expect(told).toEqual([1, Number.NaN]);
  });
});
