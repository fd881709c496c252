import type { Activation, Precision } from './options';

/** What is said of a layer. */
interface LayerFacts {
  readonly type: string;
  readonly units: number;
  readonly activation: Activation | undefined;
  readonly rate: number | undefined;
  readonly parameterCount: number;
}

const bytesPerParameter: Record<Precision, number> = { f32: 4, f64: 8, bf16: 4 };
const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB'];

/** A network's layers as a table, and what they add up to. */
export function summarize(layers: readonly LayerFacts[], inputSize: number, precision: Precision): string {
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

/** A layer in a few words, each for a column. */
export function describeLayer({ type, units, activation, rate, parameterCount }: LayerFacts): string[] {
  if (rate !== undefined) return [type, String(rate)];
  return [type, `${parameterCount / units - 1} -> ${units}`, activation ?? '', counted(parameterCount)];
}

/** The most layers that are printed by `console.log`. */
const mostLines = 24;

/** A network as `console.log` prints it: one line for each layer. */
export function describeNetwork(layers: readonly LayerFacts[], about: readonly string[]): string {
  const parameters = layers.reduce((sum, layer) => sum + layer.parameterCount, 0);
  const table = layers.slice(0, mostLines).map((layer, index) => [String(index), ...describeLayer(layer)]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => align(cell, widths[column] ?? 0, column === 0)).join('  '));
  if (layers.length > mostLines) lines.push(`and ${layers.length - mostLines} more`);
  return [`NeuralNetwork ${[...about, counted(parameters)].join(', ')}`, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
}

const counted = (parameters: number): string => `${grouped(parameters)} ${parameters === 1 ? 'parameter' : 'parameters'}`;

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
