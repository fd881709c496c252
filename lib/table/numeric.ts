import type { Pieces } from '../event-loop';
import { type Column, countMissing } from './column';
import { every } from './pieces';
import { sorted } from './sorting';

/** The fewest rows that tell an identifier from values that happen to differ. */
export const fewestIdentifiers = 20;

const idName = /(?:^|[_ .-])(?:id|idx|index|rowid|rownum)$/i;
const camelCaseId = /[a-z](?:Id|ID)$/;

/** A column of numbers, `asked` being why if it has to be; or of identifiers, if they count the rows, or have a name for it and differ in every row. */
export function* inferNumbers(name: string, values: Float64Array, asked: string | undefined, found: string): Pieces<Column> {
  const missing = yield* countMissing(values);
  if (asked !== undefined) return { name, type: 'number', missing, why: asked, values };
  const why = missing > 0 || values.length < fewestIdentifiers ? undefined : yield* identifier(name, values);
  if (why === undefined) return { name, type: 'number', missing, why: found, values };
  return { name, type: 'id', missing, why, values, distinct: values.length, example: String(values[0]) };
}

/** The reason why numbers are taken for identifiers. */
function* identifier(name: string, values: Float64Array): Pieces<string | undefined> {
  const first = values[0] as number;
  if ((first === 0 || first === 1) && (yield* every(values, (value, row) => value === first + row)))
    return `it counts the rows from ${first}`;
  if (!(idName.test(name) || camelCaseId.test(name)) || !(yield* every(values, Number.isInteger))) return undefined;
  const ordered = yield* sorted(Float64Array, values, (a, b) => a - b);
  const isDistinct = yield* every(ordered, (value, index) => index === 0 || value !== ordered[index - 1]);
  return isDistinct ? 'a distinct whole number in each row, and its name' : undefined;
}
