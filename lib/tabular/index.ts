export type { CategoryColumn, Column, ColumnCommon, ColumnType, DateColumn, NumberColumn, UnusedColumn } from '../table/column';
export type { Records, ValueColumns } from '../table/from';
export type { TableOptions, TableSchema } from '../table/options';
export type { TableSource } from '../table/parts';
export { readTable, type TableInput } from '../table/read';
export { Table, type TableRecord } from '../table/table';
