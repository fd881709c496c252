import type { Schema, TableSchema } from '../tabular/index';

/** The schema to read data with that have the target, too. Classes that are numbers may be written in several ways. */
export function schemaWithTarget({ target, columns }: Schema): TableSchema {
  const { name, kind, classes = [] } = target;
  if (kind === 'regression') return { columns: [...columns, { name, type: 'number' }] };
  const areNumbers = classes.every((label) => label.trim() !== '' && Number.isFinite(Number(label)));
  return { columns: [...columns, ...(areNumbers ? [] : [{ name, type: 'category' as const }])] };
}
