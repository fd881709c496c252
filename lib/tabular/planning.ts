import type { CheckedTrain } from './options';
import type { TrainingPlan } from './plan';
import type { Assigned, Prepared } from './prepare';
import { schemaOf } from './schema';
import { wordsOf } from './splits';
import type { PlannedNetwork } from './training';

/** The plan of data that are prepared. */
export function describePlan(
  { table, kind, rows }: Assigned,
  { parts, test, validation, encoder, target, dropped }: Prepared,
  { recipe, split }: CheckedTrain,
  network: PlannedNetwork,
  warnings: TrainingPlan['warnings'],
): TrainingPlan {
  const { target: described, columns } = schemaOf(encoder, target, dropped);
  return {
    rows: table.rows,
    rowsWithoutTarget: table.rows - rows.length,
    task: kind.task,
    taskWhy: kind.why,
    target: described,
    columns,
    dropped: [...dropped],
    split: {
      train: parts.train.length,
      validation: validation?.rows.length ?? 0,
      test: test?.rows.length ?? 0,
      how: wordsOf(split, kind.task === 'classes'),
    },
    recipe,
    inputs: encoder.width,
    ...network,
    warnings: warnings.map((warning) => ({ ...warning })),
  };
}
