import { inputsOf, isEncoded, type LayerPlace, layersOf, type NetworkSpec, tensorName } from '../../options';
import { type GraphWriter, int, ints, type WriteTensor } from './graph-writer';
import { writeInputs } from './write-inputs';
import { writeLayer } from './write-layers';

/** Writes a tensor of a network, by its whole name. */
export type WriteNamed = WriteTensor;

/** Writes a network behind the value `x`, whose columns are its inputs. The last node's only output is that of the network. Returns its columns. */
export function writeNetwork(x: string, graph: GraphWriter, spec: NetworkSpec, write: WriteNamed): number {
  const tensorOf =
    (prefix: (key: string) => string): WriteTensor =>
    (key, how) =>
      write(prefix(key), how);
  const through = (from: string, all: readonly LayerPlace[]): string => {
    let value = from;
    for (const place of all) {
      graph.part = tensorName(place.path, '');
      const inside = (inner: string): string => {
        const output = through(inner, outermost(place.inside));
        graph.part = tensorName(place.path, '');
        return output;
      };
      const tensor = tensorOf((key) => tensorName(place.path, key));
      value = writeLayer(value, { graph, spec: place.spec as never, place, tensor, inside });
    }
    return value;
  };
  const encoded = isEncoded(spec) ? writeInputs(x, graph, inputsOf(spec), ({ index }) => tensorOf((key) => `inputs.${index}.${key}`)) : x;
  const places = outermost(Array.from(layersOf(spec)));
  const { ensemble, columns } = (places.at(-1) as LayerPlace).output;
  const output = through(encoded, places);
  graph.part = '';
  if (ensemble) writeMean(graph, output);
  return columns;
}

/** Those that are in no other of the list. */
function outermost(places: readonly LayerPlace[]): LayerPlace[] {
  const depth = places[0]?.depth;
  return places.filter((place) => place.depth === depth);
}

/** The mean of the members' outputs; from version 18 on the axes are an input. */
function writeMean(graph: GraphWriter, value: string): string {
  if (graph.opset < 18) return graph.node('ReduceMean', [value], { axes: ints([0]), keepdims: int(0) });
  return graph.node('ReduceMean', [value, graph.integers([0])], { keepdims: int(0) });
}
