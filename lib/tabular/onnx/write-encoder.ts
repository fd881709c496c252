import { type GraphWriter, int } from '../../formats/onnx/graph-writer';
import { elementTypes } from '../../formats/onnx/schema';
import type { CategoryState } from '../category-feature';
import type { DateState } from '../date-feature';
import { Encoder, type Feature } from '../encoder';
import type { NumberState } from '../number-feature';
import { beside, type Piece, type Placed, type Unscaled } from './pieces';
import { writeCategory } from './write-category';
import { writeDate } from './write-date';
import { writeNumbers } from './write-numbers';
import { writePositions } from './write-positions';
import { writeScaled } from './write-scaled';

const isNumber = (placed: Placed): placed is Placed<NumberState> => placed.feature.type === 'number';
const isDate = (placed: Placed): placed is Placed<DateState> => placed.feature.type === 'date';
const isCategory = (placed: Placed): placed is Placed<CategoryState> => !isNumber(placed) && !isDate(placed);

/** Writes what an encoder does with the columns of a table, and returns the name of the network's input. */
export function writeEncoder(graph: GraphWriter, encoder: Encoder): string {
  const placed = encoder.features.map((feature, index): Placed => ({ feature, index, columns: encoder.columnsOf(index) }));
  graph.part = 'encoder.';
  const numbers = placed.filter(isNumber);
  const dates = placed.filter(isDate);
  const unscaled = [...(numbers.length > 0 ? [writeNumbers(graph, numbers)] : []), ...dates.map((date) => writeDate(graph, date))];
  const pieces = [
    ...writeScales(graph, [...numbers, ...dates], unscaled),
    ...writeMarks(graph, [...numbers, ...dates], unscaled),
    ...placed.filter(isCategory).map((one) => writeCategory(graph, one)),
  ];
  const x = inOrder(graph, pieces);
  graph.part = '';
  return x;
}

type OnScale = Placed<NumberState | DateState>;

/** Numbers, parts of dates and positions, all at once. */
function writeScales(graph: GraphWriter, placed: readonly OnScale[], unscaled: readonly Unscaled[]): Piece[] {
  const values = unscaled.flatMap(({ values }) => values);
  if (values.length === 0) return [];
  const scalings = placed.flatMap(({ feature }) => feature.scalings.slice(0, scalesOf(feature)));
  const columns = placed.flatMap(({ feature, columns }) => columns.slice(0, scalesOf(feature)));
  const scaled = writeScaled(graph, beside(graph, values), scalings);
  // Numbers come first, and each has one column.
  const positioned = placed.flatMap(({ feature, columns }, column) =>
    feature.type === 'number' && feature.quantiles ? [{ column, quantiles: feature.quantiles, to: columns.at(-1) as number }] : [],
  );
  const inSingles = (value: string): string => graph.node('Cast', [value], { to: int(elementTypes.float) });
  if (positioned.length === 0) return [{ value: inSingles(scaled), columns }];
  const value = inSingles(writePositions(graph, scaled, positioned));
  const pieces = [
    { value, columns: positioned.map(({ column }) => columns[column] as number) },
    { value, columns: positioned.map(({ to }) => to) },
  ];
  const others = [...columns.keys()].filter((column) => positioned.every((one) => one.column !== column));
  if (others.length === 0) return pieces;
  const gathered = graph.node('Gather', [scaled, graph.integers(others, 'encoder.others')], { axis: int(1) });
  return [...pieces, { value: inSingles(gathered), columns: others.map((column) => columns[column] as number) }];
}

/** Marks for missing values have two numbers each, which are known here. */
function writeMarks(graph: GraphWriter, placed: readonly OnScale[], unscaled: readonly Unscaled[]): Piece[] {
  const places = placed.flatMap(({ feature }, place) => (feature.missing > 0 ? [place] : []));
  if (places.length === 0) return [];
  const marked = places.map((place) => placed[place] as OnScale);
  const all = beside(
    graph,
    unscaled.map(({ isMissing }) => isMissing),
  );
  const isMissing = places.length === placed.length ? all : graph.node('Gather', [all, graph.integers(places)], { axis: int(1) });
  const marks = (name: string, sampleOf: (feature: NumberState | DateState) => number): string => {
    const values = marked.map(({ feature }) => new Encoder([feature]).encode([sampleOf(feature)]).at(-1) as number);
    return graph.tensor(`encoder.${name}`, [values.length], Float32Array.from(values));
  };
  const value = graph.node('Where', [isMissing, marks('missing', () => Number.NaN), marks('present', ({ min }) => min)]);
  return [{ value, columns: marked.map(({ feature, columns }) => columns[feature.scalings.length - 1] as number) }];
}

/** The numbers that a feature has on a scale: all but its mark. */
const scalesOf = ({ scalings, missing }: Feature): number => scalings.length - (missing > 0 ? 1 : 0);

/** All pieces as one matrix, whose columns are in the order of the network's input. */
function inOrder(graph: GraphWriter, pieces: readonly Piece[]): string {
  const x = beside(
    graph,
    pieces.map(({ value }) => value),
  );
  const columns = pieces.flatMap((piece) => piece.columns);
  if (columns.every((column, place) => column === place)) return x;
  const places = columns.map((_, column) => columns.indexOf(column));
  return graph.node('Gather', [x, graph.integers(places, 'encoder.order')], { axis: int(1) });
}
