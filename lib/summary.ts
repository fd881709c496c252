import type { Layer } from './layer';
import type { Precision } from './options';

const bytesPerParameter: Record<Precision, number> = { f32: 4, f64: 8, bf16: 4 };
const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB'];

/** A network's layers as a table, and what they add up to. */
export function summarize(layers: readonly Layer[], inputSize: number, precision: Precision): string {
  const header = ['layer', 'output shape', 'activation', 'parameters'];
  const input = ['input', `[n, ${inputSize}]`, '', ''];
  const rows = layers.map(({ type, units, activation, rate, parameterCount }, index) => [
    `${index} ${type}${rate === undefined ? '' : ` ${rate}`}`,
    `[n, ${units}]`,
    activation ?? '',
    grouped(parameterCount),
  ]);
  const table = [header, input, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => align(cell, widths[column] ?? 0, column === 3))
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const parameters = layers.reduce((sum, layer) => sum + layer.parameterCount, 0);
  const total = `${grouped(parameters)} parameters, ${inUnits(parameters * bytesPerParameter[precision])} in ${precision}`;
  return [lines[0], rule, ...lines.slice(1), rule, total].join('\n');
}

function align(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function inUnits(bytes: number): string {
  const unit = Math.min(Math.floor(Math.log2(bytes) / 10), byteUnits.length - 1);
  const value = bytes / 1024 ** unit;
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit]}`;
}
