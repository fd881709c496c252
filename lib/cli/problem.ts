import { readTable, type Table, type TrainOptions } from '../tabular/index';
import type { Values } from './flags/flag';
import type { checkFlags, trainFlags } from './flags/lists';
import { tableOptions } from './tables';
import { UsageError } from './usage';

type Flags = Values<typeof checkFlags> & Pick<Values<typeof trainFlags>, 'epochs' | 'time-limit' | 'no-refit'>;

/** The options of `train` that flags ask for. Tables to test and validate with are read into the types of the first one. */
export async function trainOptions(table: Table, flags: Flags): Promise<TrainOptions> {
  const { target, task, features, drop, weights, split, recipe, metric, seed, epochs } = flags;
  if (target === undefined)
    throw new UsageError(`--target is missing: the column to predict, one of ${table.names.slice(0, 50).join(', ')}`);
  const test = await part(table, flags.test, flags);
  const validation = await part(table, flags.validation, flags);
  return {
    target,
    ...(task && { task }),
    ...(features && { features }),
    ...(drop && { drop }),
    ...(weights !== undefined && { weights }),
    ...(split !== undefined && { split }),
    ...(recipe && { recipe }),
    ...(metric !== undefined && { metric: metric as NonNullable<TrainOptions['metric']> }),
    ...(seed !== undefined && { seed }),
    ...(epochs !== undefined && { epochs }),
    ...(flags['time-limit'] !== undefined && { timeLimit: flags['time-limit'] }),
    ...(flags['no-refit'] && { refit: false }),
    ...(test !== undefined && { test }),
    ...(validation !== undefined && { validation }),
  };
}

async function part(table: Table, given: number | string | undefined, flags: Flags): Promise<number | Table | undefined> {
  if (typeof given !== 'string') return given;
  const { columns: _, ...options } = tableOptions(flags);
  return readTable(given, { ...options, schema: table.schema });
}
