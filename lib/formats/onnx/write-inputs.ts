import type { InputKind, InputPlace, InputSpec } from '../../options';
import { type GraphWriter, int, ints, type WriteTensor } from './graph-writer';
import { elementTypes } from './schema';

interface Written<Spec> {
  graph: GraphWriter;
  spec: Spec;
  place: InputPlace;
  tensor: WriteTensor;
}

/** Takes the name of an input's columns and returns that of what they become. */
type Write<Spec> = (x: string, input: Written<Spec>) => string;

type Writers = { readonly [Kind in InputKind]: Write<Extract<InputSpec, { type: Kind }>> };

const writers: Writers = {
  numeric: (x) => x,
  categorical(x, { graph, spec: { categories, width, columns }, place, tensor }) {
    const indices = graph.node('Cast', [x], { to: int(elementTypes.int64) });
    const flat = graph.integers([-1, place.width]);
    if (width === undefined) {
      const oneHot = graph.node('OneHot', [indices, graph.integers([categories]), graph.numbers([0, 1])]);
      return graph.node('Reshape', [oneHot, flat]);
    }
    // The tables of all columns one below the other.
    const rows =
      columns === 1 ? indices : graph.node('Add', [indices, graph.integers(Array.from({ length: columns }, (_, i) => i * categories))]);
    return graph.node('Reshape', [graph.node('Gather', [tensor('embedding', { dims: [columns * categories, width] }), rows]), flat]);
  },
  periodic(x, { graph, spec: { columns, width }, place, tensor }) {
    const each = graph.node('Reshape', [x, graph.integers([-1, columns, 1])]);
    const turns = graph.node('Mul', [each, tensor('frequencies')]);
    // Without its whole turns an angle keeps its digits.
    const angles = graph.node('Mul', [graph.node('Sub', [turns, graph.node('Round', [turns])]), graph.number(2 * Math.PI)]);
    const waves = graph.node('Concat', [graph.node('Cos', [angles]), graph.node('Sin', [angles])], { axis: int(2) });
    const byColumn = graph.node('Transpose', [waves], { perm: ints([1, 0, 2]) });
    const product = graph.node('MatMul', [byColumn, tensor('weights')]);
    const positive = graph.node('Relu', [graph.node('Add', [product, tensor('bias', { dims: [columns, 1, width] })])]);
    return graph.node('Reshape', [graph.node('Transpose', [positive], { perm: ints([1, 0, 2]) }), graph.integers([-1, place.width])]);
  },
};

/** Writes the encoders of all inputs, and returns the name of the first layer's input. */
export function writeInputs(
  x: string,
  graph: GraphWriter,
  places: readonly InputPlace[],
  tensorOf: (place: InputPlace) => WriteTensor,
): string {
  const sizes = graph.integers(places.map(({ spec }) => spec.columns));
  const parts = places.length === 1 ? [x] : graph.split('Split', [x, sizes], places.length, { axis: int(1) });
  const encoded = places.map((place, index) => {
    graph.part = `${place.name}.`;
    const write = writers[place.spec.type as InputKind] as Write<never>;
    return write(parts[index] as string, { graph, spec: place.spec as never, place, tensor: tensorOf(place) });
  });
  graph.part = '';
  return encoded.length === 1 ? (encoded[0] as string) : graph.node('Concat', encoded, { axis: int(1) });
}
