import { anything, type Check, elements, integer, number, object, oneOf } from '../options/check';
import type { Figure, Figures } from './figures';
import { recipeNames } from './recipe/recipes';
import type { TabularReport } from './report';

/*
 * The report in a file: what the library and its command line read of it has the types that they expect. The rest is shown as it stands.
 */

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a text`);
  return value;
};
const finite = number();
const count = integer({ min: 0 });
const numbers: Check<number[]> = (value, name) => elements(value, name, 'an array of numbers', orNaN);
/** JSON has null for what is not finite. */
const orNaN: Check<number> = (value, name) => (value === null || Number.isNaN(value) ? Number.NaN : finite(value, name));
const orNull: Check<number | null> = (value, name) => (value === null ? null : finite(value, name));

const checkFigure: Check<Figure> = (value, name) => {
  const given = object(value, name);
  const { bound } = given;
  return {
    value: orNull(given.value, `${name}.value`),
    spread: orNull(given.spread, `${name}.spread`),
    ...(bound !== undefined && { bound: finite(bound, `${name}.bound`) }),
  };
};

const mapOf =
  <T>(check: Check<T>): Check<Record<string, T>> =>
  (value, name) =>
    Object.fromEntries(Object.entries(object(value, name)).map(([key, one]) => [key, check(one, `${name}.${key}`)]));

const checkFigures: Check<Figures> = mapOf(checkFigure);

type Fields = Readonly<Record<string, Check<unknown>>>;

/** An object of which these fields are checked, and no others kept. */
const fields =
  (checks: Fields): Check<Record<string, unknown>> =>
  (value, name) => {
    const given = object(value, name);
    const checked: Record<string, unknown> = {};
    for (const [key, check] of Object.entries(checks)) {
      const one = check(given[key], `${name}.${key}`);
      if (one !== undefined) checked[key] = one;
    }
    return checked;
  };

const listOf =
  (checks: Fields): Check<unknown[]> =>
  (value, name) =>
    elements(value, name, 'an array', fields(checks));

const optional =
  (check: Check<unknown>): Check<unknown> =>
  (value, name) =>
    value === undefined ? undefined : check(value, name);

const scalar: Check<unknown> = (value, name) => (typeof value === 'string' ? value : orNaN(value, name));

const check = fields({
  version: text,
  data: fields({ rows: count, columns: count, rowsWithoutTarget: count, source: fields({ format: text, path: optional(text) }) }),
  task: oneOf(['regression', 'classes']),
  taskWhy: text,
  target: text,
  split: fields({ train: count, validation: count, test: count, how: text }),
  recipe: oneOf(recipeNames),
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  threads: count,
  seconds: finite,
  epochs: count,
  bestEpoch: count,
  stoppedBy: oneOf(['epochs', 'earlyStopping', 'callback', 'signal', 'time']),
  refit: (value, name) => (value === null ? null : fields({ rows: count, epochs: count })(value, name)),
  monitor: text,
  history: fields({ loss: numbers, validationLoss: numbers, metric: numbers, learningRate: numbers }),
  metrics: checkFigures,
  baselines: mapOf(checkFigures),
  rowsOfMetrics: count,
  confusion: optional(
    fields({
      labels: (value, name) => elements(value, name, 'an array', text),
      counts: (value, name) => elements(value, name, 'an array', numbers),
    }),
  ),
  predictions: optional(fields({ truth: numbers, predicted: numbers })),
  worst: listOf({ row: count, record: mapOf(anything), truth: scalar, predicted: scalar, loss: finite }),
  importance: listOf({ column: text, drop: finite, spread: finite }),
  dropped: listOf({ column: text, why: text }),
  warnings: listOf({ code: text, message: text }),
  hash: text,
});

/** Checks the report of a file. */
export const checkReport = check as Check<unknown> as Check<TabularReport>;
