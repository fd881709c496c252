export type { ArrowTable } from '../table/arrow';
export type { CategoryColumn, Column, ColumnCommon, ColumnType, DateColumn, NumberColumn, UnusedColumn } from '../table/column';
export type { Records, ValueColumns } from '../table/from';
export type { TableInput } from '../table/input/source';
export type { TableOptions, TableSchema } from '../table/options';
export type { TableSource } from '../table/parts';
export { readTable } from '../table/read';
export { Table, type TableRecord } from '../table/table';
