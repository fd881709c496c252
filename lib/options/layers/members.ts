import { wrongOption } from '../../errors';
import { integer, object, oneOf, record, withDefault } from '../check';
import { type InitializerSpec, nativeInitializer } from '../initializers';
import type { LayerRow } from './row';
import { type TrainedOptions, trainedChecks } from './trained';

/** How the scales of members start: -1 or 1 (`'randomSigns'`), normally distributed with mean 0 and standard deviation 1, or at 1. */
export type MembersInitializer = 'randomSigns' | 'normal' | 'ones';

const initializers: Readonly<Record<MembersInitializer, InitializerSpec>> = {
  randomSigns: { type: 'randomSigns' },
  normal: { type: 'normal', mean: 0, stddev: 1 },
  ones: { type: 'constant', value: 1 },
};

/**
 * Makes an ensemble of `count` members that share the layers behind it (BatchEnsemble: Wen, Tran & Ba 2020; TabM and TabM-mini: Gorishniy,
 * Kotelnikov & Babenko 2025). Member `m` sees `x * inputScale[m]`. Training minimises the mean of the members' losses. The prediction is
 * the mean of the members' outputs, and evaluation, validation and metrics judge that mean.
 */
export interface MembersOptions extends TrainedOptions<'inputScale'> {
  type: 'members';
  /** From 1 to 65,536. */
  count: number;
  /** Default `'randomSigns'`. With `'ones'`, members differ only where dense layers behind it have random weights for each. */
  initializer?: MembersInitializer;
}

/** A checked layer of members: every default is filled in. */
export interface MembersSpec extends TrainedOptions<'inputScale'> {
  type: 'members';
  count: number;
  initializer: MembersInitializer;
}

/** `kMaxMembers` in native/nn/layers/member_rows.h. */
const mostMembers = 65_536;

const check = record<MembersSpec>({
  type: () => 'members',
  count: integer({ min: 1, max: mostMembers }),
  initializer: withDefault(oneOf(Object.keys(initializers) as MembersInitializer[]), 'randomSigns'),
  ...trainedChecks('inputScale'),
});

export const membersRow: LayerRow<MembersSpec> = {
  check,
  outputs({ count }, { name, depth, input }) {
    if (input.ensemble) throw wrongOption(`${name} makes members a second time: a network has at most one members layer`);
    if (depth > 0) throw wrongOption(`${name} makes members inside another layer: put it before that layer`);
    return { ...input, members: count, ensemble: true };
  },
  tensors: ({ count }, { columns }) => [{ name: 'inputScale', shape: [count, columns] }],
  settings: ({ count, initializer }) => [count, ...nativeInitializer(initializers[initializer])],
  pytorch: { modules: ({ count }, { columns }) => [`Members(${count}, ${columns})`], tensors: { scale: 'inputScale' } },
  javascript: {
    settings: ['count'],
    source: `([row], { count, inputScale }) =>
  Array.from({ length: count }, (_, m) => row.map((value, i) => value * inputScale[m * row.length + i]))`,
  },
  belongs: 'members belongs before dense layers',
  words: ({ count }) => ({ setting: String(count) }),
  shows: { forward: ['output'], backward: ['input', 'delta'] },
};

/** Settings of a layer of members besides their number. */
export type MembersSettings = Omit<MembersOptions, 'type' | 'count'>;

/**
 * A layer that makes an ensemble, as plain JSON. The layers behind it are shared by all members, but for dense layers with `perMember`.
 *
 * ```ts
 * [members(32), dense(256, 'relu'), dense(1, 'linear', { perMember: 'weights' })]
 * ```
 *
 * @param count The number of members, from 1 to 65,536.
 * @throws TypeError or RangeError if an argument is not what it has to be.
 */
export function members(count: number, settings: MembersSettings = {}): MembersSpec {
  return check({ ...object(settings, 'members() settings'), type: 'members', count }, 'members()');
}
