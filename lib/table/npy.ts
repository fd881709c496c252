import { inSlices } from '../event-loop';
import { readNpy } from '../index';
import { readValues } from './from';
import { collect } from './input/bytes';
import type { Source } from './input/source';
import { namesOf } from './names';
import type { CheckedOptions } from './options';
import type { TableParts } from './parts';
import { badFile, type Places } from './places';

/** Reads a matrix of numbers as NumPy saves it. Its columns have no names. */
export async function readNpyTable(source: Source, options: CheckedOptions): Promise<TableParts> {
  const { name, path } = source;
  const { data, shape } = await readNpy(await collect(source.open()));
  const [rows = 1, width = 1] = shape;
  if (shape.length > 2) throw badFile(name, `has an array of shape [${shape.join(', ')}]; a table is a matrix or a vector`);
  const places: Places = { cell: (column, row) => `${name}: row ${row}, column ${JSON.stringify(column)}` };
  const names = namesOf(options, width, name);
  const parts = await inSlices(readValues(names, rows, (column) => (row) => data[row * width + column], options, places));
  return { ...parts, source: { format: 'npy', ...(path !== undefined && { path }), notes: [] } };
}
