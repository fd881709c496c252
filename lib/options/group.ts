import { types } from 'node:util';
import { describe, wrongOption } from '../errors';
import { type Group, groupTable } from '../group';
import { type Check, isCallable, isRevoked } from './check';
import type { CheckedClassWeight } from './class-weight';
import { type CheckedMetric, isNative } from './metrics';
import type { CheckedOptimizer } from './optimizer';

/** Shards of a training in a group, where none are asked for. */
const usualShards = 16;

const expected = 'a group, as mpi() of chainrule/mpi makes it';

/** A group is known by its table, which the addon checks. */
export const checkGroup: Check<Group> = (value, name) => {
  const isObject = typeof value === 'object' && value !== null && !isRevoked(value);
  if (!isObject || !types.isExternal(Reflect.get(value, groupTable)))
    throw wrongOption(`${name} must be ${expected}, got ${describe(value)}`);
  const { rank, size, exchange } = value as Group;
  const isPlaced = Number.isInteger(size) && Number.isInteger(rank) && rank >= 0 && rank < size;
  const fits = isPlaced && Number.isInteger(Math.log2(size)) && isCallable(exchange);
  if (!fits) throw wrongOption(`${name} must be ${expected}, got one of another kind`);
  return value as Group;
};

/** The shards of a training: a multiple of the ranks. */
export function shardsOf(given: number | undefined, group: Group | undefined): number {
  if (group === undefined) return given ?? 1;
  const shards = given ?? Math.max(usualShards, group.size);
  if (shards % group.size === 0) return shards;
  throw wrongOption(`shards must be a multiple of the ${group.size} ranks of the group, got ${shards}`);
}

interface GivenOptions {
  group?: Group | undefined;
  validation?: unknown;
  validationSplit?: unknown;
  classWeight?: CheckedClassWeight | undefined;
  metrics: readonly CheckedMetric[];
  optimizer: CheckedOptimizer;
}

/** Refuses what needs the rows of all ranks in one place. */
export function checkWithGroup({ group, validation, validationSplit, classWeight, metrics, optimizer }: GivenOptions): void {
  if (group === undefined) return;
  if (optimizer.lbfgs !== undefined) throw wrongOption('group does not go with optimizer "lbfgs", which has all rows in each step');
  if (validationSplit !== undefined) {
    throw wrongOption('group does not go with validationSplit: give validation, the same rows on each rank');
  }
  if (classWeight === 'balanced') {
    throw wrongOption('group does not go with classWeight "balanced", as no rank can count all classes: give the weights');
  }
  const unmeasured = metrics.find((metric) => !isNative(metric));
  if (unmeasured !== undefined && validation === undefined) {
    throw wrongOption(`in a group the metric "${unmeasured.name}" needs validation data: no rank has all rows`);
  }
}
