import { describe } from '../errors';
import type { Pieces } from '../event-loop';
import { aligning } from './align';
import { countingDuplicates } from './duplicates';
import type { Finding } from './findings';
import { explaining, givesAway } from './giveaways';
import type { Assigned, Prepared } from './prepare';

/*
 * Facts about the data that a reader of figures should know.
 */

/** Beyond this ratio a class is rare beside another. */
const mostRatio = 20;
const fewRows = 50;
/** The share of rows from which duplicates are worth a word. */
const fewDuplicates = 0.01;

/** Everything that can be said of the data before training. */
export function* finding(assigned: Assigned, prepared: Prepared): Pieces<Finding[]> {
  return [
    ...targetFindings(assigned, prepared),
    ...classFindings(assigned, prepared),
    ...(yield* findingGiveaways(prepared)),
    ...(yield* findingDuplicates(prepared)),
  ];
}

function targetFindings({ table, rows }: Assigned, { target, parts, encoder }: Prepared): Finding[] {
  const found: Finding[] = [];
  const missing = table.rows - rows.length;
  const name = describe(target.name);
  if (missing > 0) {
    found.push({ code: 'WARN_CHAINRULE_TARGET_MISSING', message: `${missing} of ${table.rows} rows have no ${name} and were left out` });
  }
  const isConstant = target.kind === 'classes' ? target.classes.length === 1 : target.min === target.max;
  if (isConstant) {
    found.push({
      code: 'WARN_CHAINRULE_TARGET_CONSTANT',
      message: `${name} has the same value in all rows to train on: there is nothing to learn`,
    });
  }
  if (rows.length < fewRows) {
    const message = `there are ${rows.length} rows, ${parts.test.length} of them to test with: figures say little`;
    found.push({ code: 'WARN_CHAINRULE_FEW_ROWS', message });
  }
  if (encoder.features.length === 0) {
    const message = 'no column differs between the rows to train on: every prediction is the same';
    found.push({ code: 'WARN_CHAINRULE_NO_FEATURES', message });
  }
  return found;
}

function classFindings({ rows }: Assigned, { target, train }: Prepared): Finding[] {
  if (target.kind !== 'classes' || target.classes.length < 2) return [];
  const counts = target.classes.map(() => 0);
  for (const row of rows) counts[train.y[row] as number] = (counts[train.y[row] as number] as number) + 1;
  const single = target.classes.filter((_, index) => counts[index] === 1);
  const found: Finding[] = [];
  if (single.length > 0) {
    const shown = single.slice(0, 5).map(describe).join(', ');
    const message = `${single.length === 1 ? `the class ${shown} has` : `${single.length} classes (${shown}) have`} one row, which is trained on and never tested`;
    found.push({ code: 'WARN_CHAINRULE_RARE_CLASS', message });
  }
  const [most, least] = [Math.max(...counts), Math.min(...counts)];
  if (most > mostRatio * least) {
    const named = (count: number): string =>
      `${describe(target.classes[counts.indexOf(count)] as string)} (${count} ${count === 1 ? 'row' : 'rows'})`;
    const message = `${named(most)} is more than ${mostRatio} times as frequent as ${named(least)}: balancedAccuracy tells more than accuracy`;
    found.push({ code: 'WARN_CHAINRULE_IMBALANCE', message });
  }
  return found;
}

/** Columns that are asked at the most. */
const mostAsked = 1000;

function* findingGiveaways({ target, encoder, train, parts }: Prepared): Pieces<Finding[]> {
  const asked = parts.test.length > 0 ? parts.test : parts.validation;
  const isConstant = target.kind === 'classes' ? target.classes.length === 1 : target.min === target.max;
  if (asked.length < 10 || isConstant) return [];
  const found: Finding[] = [];
  const { table } = train;
  const isOfClasses = target.kind === 'classes';
  const all = yield* aligning(table, encoder, false);
  for (const [index, feature] of encoder.features.slice(0, mostAsked).entries()) {
    const isCategory = feature.type === 'category' || feature.type === 'boolean';
    const question = { values: all[index] as ArrayLike<number>, isCategory, train: train.rows, test: asked, y: train.y, isOfClasses };
    const explained = yield* explaining(question);
    if (!givesAway(explained, isOfClasses)) continue;
    found.push({
      code: 'WARN_CHAINRULE_TARGET_GIVEN',
      message:
        `${describe(feature.name)} alone tells ${describe(target.name)} nearly perfectly (${(100 * explained).toFixed(1)} %): ` +
        'leave it out (drop) if it will not be known when a prediction is wanted',
    });
  }
  return found;
}

function* findingDuplicates({ encoder, train, test, parts }: Prepared): Pieces<Finding[]> {
  if (test === undefined || test.table !== train.table) return [];
  const count = yield* countingDuplicates(train.x, encoder.width, train.y, parts.train, parts.test);
  if (count < fewDuplicates * parts.test.length || count === 0) return [];
  const message = `${count} of ${parts.test.length} rows to test with are equal to rows that are trained on: figures are better than they would be for new rows`;
  return [{ code: 'WARN_CHAINRULE_DUPLICATES', message }];
}
