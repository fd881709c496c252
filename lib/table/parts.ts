import type { Column } from './column';

/** Where a table comes from. */
export interface TableSource {
  readonly format: 'csv' | 'npy' | 'ndjson' | 'json' | 'parquet' | 'arrow' | 'records' | 'columns';
  /** The file's path, as it was given. */
  readonly path?: string;
  /** The character between cells. */
  readonly delimiter?: string;
  /** Whether the file's first line names the columns. */
  readonly header?: boolean;
  readonly encoding?: string;
  /** Facts about the file that a reader may want to know: `3 blank lines skipped`. */
  readonly notes: readonly string[];
}

/** The parts that a reader makes. */
export interface TableParts {
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly source: TableSource;
}
