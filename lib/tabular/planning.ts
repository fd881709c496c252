import type { CheckedTrain } from './options';
import type { TrainingPlan } from './plan';
import type { Assigned, Prepared } from './prepare';
import { schemaOf } from './schema';
import { wordsOf } from './splits';
import type { PlannedNetwork } from './training';

/** The plan of data that are prepared. */
export function describePlan(
  assigned: Assigned,
  prepared: Prepared,
  options: CheckedTrain,
  network: PlannedNetwork,
  warnings: TrainingPlan['warnings'],
): TrainingPlan {
  const { table, kind, rows } = assigned;
  const { encoder, target, dropped } = prepared;
  const { target: described, columns } = schemaOf(encoder, target, dropped);
  return {
    rows: table.rows,
    rowsWithoutTarget: table.rows - rows.length,
    task: kind.task,
    taskWhy: kind.why,
    target: described,
    columns,
    dropped: [...dropped],
    split: describeSplit(assigned, prepared, options),
    recipe: options.recipe,
    inputs: encoder.width,
    ...network,
    warnings: warnings.map((warning) => ({ ...warning })),
  };
}

/** The rows of each part, and how they came there. */
export function describeSplit({ kind }: Assigned, { parts, validation, test }: Prepared, { split }: CheckedTrain): TrainingPlan['split'] {
  return {
    train: parts.train.length,
    validation: validation?.rows.length ?? 0,
    test: test?.rows.length ?? 0,
    how: wordsOf(split, kind.task === 'classes'),
  };
}
