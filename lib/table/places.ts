import { ChainruleError, describe } from '../errors';

/** Where cells come from, as errors name it. A cell's place is a number: its line in a file, or its row from 0. */
export interface Places {
  /** `houses.csv: line 3, column "rooms"`, or `records[2]["rooms"]`. */
  cell(column: string, place: number): string;
}

/** A table in a file: places are lines. */
export const lines = (file: string): Places => ({
  cell: (column, line) => `${file}: line ${line}, column ${describe(column)}`,
});

/** Records in memory: places are rows. */
export const records: Places = { cell: (column, row) => `records[${row}][${describe(column)}]` };

/** Columns in memory: places are rows. */
export const columns: Places = { cell: (column, row) => `columns[${describe(column)}][${row}]` };

/** The error for a cell that cannot be read. */
export const badCell = (places: Places, column: string, place: number, problem: string): ChainruleError =>
  new ChainruleError('ERR_CHAINRULE_FORMAT', `${places.cell(column, place)}: ${problem}`);

/** The error for a file that is not what it should be. */
export const badFile = (file: string, problem: string, cause?: unknown): ChainruleError =>
  new ChainruleError('ERR_CHAINRULE_FORMAT', `${file} ${problem}`, cause === undefined ? undefined : { cause });

/** The error for a line of a file. */
export const badLine = (file: string, line: number, problem: string): ChainruleError =>
  new ChainruleError('ERR_CHAINRULE_FORMAT', `${file}: line ${line} ${problem}`);
