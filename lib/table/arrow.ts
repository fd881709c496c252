import { isRevoked } from '../options/check';

/** The parts that are used of a table of Apache Arrow, of whatever version. */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string; readonly type?: { readonly typeId?: number } }[] };
  getChildAt(index: number): { get(row: number): unknown } | null;
}

/** Arrow's numbers for the types of dates and timestamps. */
const dateTypes: readonly (number | undefined)[] = [8, 10];

/** Whether a value is a table of Apache Arrow. */
export function isArrow(value: unknown): value is ArrowTable {
  if (typeof value !== 'object' || value === null || isRevoked(value)) return false;
  const { numRows, schema, getChildAt } = value as Partial<ArrowTable>;
  return typeof numRows === 'number' && typeof getChildAt === 'function' && Array.isArray(schema?.fields);
}

/** A function that gives the value of a column in a row. Dates are numbers in Arrow. */
export function arrowValues(table: ArrowTable, index: number): (row: number) => unknown {
  const vector = table.getChildAt(index);
  if (!dateTypes.includes(table.schema.fields[index]?.type?.typeId)) return (row) => vector?.get(row);
  return (row) => {
    const value = vector?.get(row);
    return typeof value === 'number' ? new Date(value) : value;
  };
}
