import type { Pieces } from '../event-loop';
import type { FloatArray } from '../native';
import { layersOf, type NetworkSpec } from '../options';

/** The outputs of each layer for some rows of inputs; `[rows, units]`, or all members' rows one after the other. */
export type LayerOutputs = (x: FloatArray, rows: number) => readonly { output: { data: FloatArray } }[];

/** Rows that are predicted between two looks at the clock. */
const rowsAtOnce = 8;

/** For fewer different rows, half of the units may be 0 by chance. */
const fewestRows = 10;

/** The share of a layer's units that may be dead. */
const mostDead = 0.5;

/** Hidden layers of which more than half of the units with relu are 0 for all rows, in words. */
export function* findingDeadUnits(outputs: LayerOutputs, spec: NetworkSpec, x: FloatArray, rows: number): Pieces<string | undefined> {
  const places = Array.from(layersOf(spec)).filter(({ depth }) => depth === 0);
  const hidden = places.slice(0, -1).flatMap(({ row, spec, name, output: { columns } }, index) => {
    return row.units?.(spec).activation === 'relu' ? [{ index, name, alive: new Uint8Array(columns) }] : [];
  });
  const width = x.length / rows;
  if (hidden.length === 0 || rowsThatDiffer(x, width) < fewestRows) return undefined;
  for (let begin = 0; begin < rows; begin += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - begin);
    const layers = outputs(x.slice(begin * width, (begin + count) * width), count);
    for (const { index, alive } of hidden) markAlive(layers[index]?.output.data as FloatArray, alive);
    yield;
  }
  for (const { name, alive } of hidden) {
    const dead = alive.reduce((count, isAlive) => count + 1 - isAlive, 0);
    if (dead <= mostDead * alive.length) continue;
    return (
      `${dead} of the ${alive.length} units of ${name} are 0 for all ${rows} rows that were looked at: the gradient of "relu" is 0 there, so ` +
      'that they learn nothing more. Use a lower learning rate, scaled inputs, or "leakyRelu" or "gelu" in place of "relu"'
    );
  }
  return undefined;
}

/** How many rows differ from the first one. */
function rowsThatDiffer(x: FloatArray, width: number): number {
  let count = 0;
  for (let begin = width; begin < x.length && count < fewestRows; begin += width) {
    let column = 0;
    while (column < width && x[begin + column] === x[column]) column++;
    if (column < width) count++;
  }
  return count;
}

function markAlive(output: FloatArray, alive: Uint8Array): void {
  for (let i = 0; i < output.length; i++) if ((output[i] as number) > 0) alive[i % alive.length] = 1;
}
