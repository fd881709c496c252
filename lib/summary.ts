import { type InputPlace, inputSizeOf, inputsOf, type LayerPlace, type Layers, layersOf, type Precision } from './options';

const bytesPerParameter: Record<Precision, number> = { f32: 4, f64: 8, bf16: 4 };
const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB'];

const ownCount = ({ tensors }: Pick<LayerPlace, 'tensors'>): number =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);

/** A network's layers as a table, and what they add up to. Layers in a layer are indented below it. */
export function summarize(network: Layers, precision: Precision): string {
  const header = ['layer', 'output shape', 'activation', 'parameters'];
  const input = ['input', `[n, ${inputSizeOf(network)}]`, '', ''];
  let parameters = 0;
  const inputs = inputsOf(network).map((place) => {
    const count = ownCount(place);
    parameters += count;
    return [`${inputIndex(place)} ${named(place)}`, `[n, ${place.width}]`, '', grouped(count)];
  });
  const rows = Array.from(layersOf(network), (place) => {
    const { spec, row, index, depth, output } = place;
    const { setting, activation = '' } = row.words?.(spec, place.input) ?? {};
    const count = ownCount(place);
    parameters += count;
    const name = `${'  '.repeat(depth)}${index} ${kindOf(spec)}${setting === undefined ? '' : ` ${setting}`}`;
    const members = output.members > 1 ? String(output.members) : '';
    return [name, `[${members}n, ${output.columns}]`, activation, grouped(count)];
  });
  const table = [header, input, ...inputs, ...rows];
  const widths = header.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => align(cell, widths[column] ?? 0, column === 3))
      .join('  ')
      .trimEnd(),
  );
  const rule = '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const total = `${grouped(parameters)} parameters, ${inUnits(parameters * bytesPerParameter[precision])} in ${precision}`;
  return [lines[0], rule, ...lines.slice(1), rule, total].join('\n');
}

/** A layer in a few words, each for a column. */
export function describeLayer({ spec, row, input }: LayerPlace, parameters: number): string[] {
  const { setting = '', sizes = setting, activation = '' } = row.words?.(spec, input) ?? {};
  return [kindOf(spec), sizes, activation, parameters === 0 ? '' : counted(parameters)];
}

/** An input likewise. */
export function describeInput(place: InputPlace, parameters: number): string[] {
  return [named(place), `${place.spec.columns} -> ${place.width}`, '', parameters === 0 ? '' : counted(parameters)];
}

const inputIndex = ({ index }: InputPlace): string => `in.${index}`;

function named({ spec, row }: InputPlace): string {
  const setting = row.setting?.(spec);
  return setting === undefined ? kindOf(spec) : `${kindOf(spec)} ${setting}`;
}

/** `frozen dense`, where training changes nothing of it. */
function kindOf({ type, trainable }: { type: string; trainable?: boolean }): string {
  return trainable === false ? `frozen ${type}` : type;
}

/** The most layers, and inputs, that are printed by `console.log`. */
const mostLines = 24;

/** A network as `console.log` prints it: one line for each layer. */
export function describeNetwork(network: Layers, parameterCount: number, about: readonly string[]): string {
  const table: string[][] = [];
  let layers = 0;
  for (const place of inputsOf(network).slice(0, mostLines)) table.push([inputIndex(place), ...describeInput(place, ownCount(place))]);
  for (const place of layersOf(network)) {
    if (++layers > mostLines) continue;
    const [type = '', ...rest] = describeLayer(place, ownCount(place));
    table.push([place.path.join('.'), `${'  '.repeat(place.depth)}${type}`, ...rest]);
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => align(cell, widths[column] ?? 0, column === 0)).join('  '));
  if (layers > mostLines) lines.push(`and ${layers - mostLines} more`);
  return [`NeuralNetwork ${[...about, counted(parameterCount)].join(', ')}`, ...lines.map((line) => `  ${line.trimEnd()}`)].join('\n');
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
