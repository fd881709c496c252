import type { MatrixWanted } from './data/matrix';
import { toMatrix } from './data/matrix';
import { elementCount, newArray } from './data/typed-arrays';
import type { LayerGradient } from './gradients';
import type { FloatArray, NativeNetwork } from './native';
import { encodedSizeOf, isEncoded, type LayerPlace, layersOf, type NetworkSpec, type Precision } from './options';
import type { Tensor } from './parameters';
import type { Prediction } from './predictor';

/** The matrices of one layer in a forward pass. */
export interface LayerOutput<P extends Precision = Precision> {
  /** The layer's index in `layers`. */
  layer: number;
  /** Dense layers only: the pre-activations `input · weights + bias`, in the shape of `output`. */
  z?: Tensor<[number, number], P>;
  /**
   * The input of the next layer, `[rows, units]`; of a dense layer directly before batchNorm, which is folded into it in a prediction, what it
   * is without that. A layer that does nothing in a prediction, such as dropout, passes on its own input. From a layer of `count` members on,
   * the shape is `[count * rows, units]`: all rows of the first member, then those of the second, and so on.
   */
  output: Tensor<[number, number], P>;
}

/** The result of `forward(x, { layers: true })`: the prediction, and the matrices of every layer on the way to it. */
export interface LayerwisePrediction<P extends Precision = Precision> extends Prediction<P> {
  /**
   * One element for each layer in order, those without weights too. The last `output` holds the prediction's own array; in an ensemble it
   * holds the outputs of all members, and the prediction is their mean.
   */
  layers: LayerOutput<P>[];
  /** Only with the option `inputs`: the columns that those of `x` become, `[rows, columns]`, which is what the first layer takes. */
  inputs?: Tensor<[number, number], P>;
}

/** A gradient from `backward(x, y, { layers: true })`: that of a dense layer has the two matrices that it is the product of. */
export interface LayerwiseGradient<P extends Precision = Precision> extends LayerGradient<P> {
  /**
   * The layer's input in this step, `[rows, in]`. After a dropout layer some elements are 0, and the others scaled up: as they were drawn for
   * this step. Behind a layer of `count` members, this and `delta` have `count * rows` rows.
   */
  input: Tensor<[number, number], P>;
  /**
   * The gradient of the loss with respect to the pre-activations `z`, `[rows, units]`. `weights` is `inputᵀ · delta`, and `bias` the sum of
   * its rows.
   */
  delta: Tensor<[number, number], P>;
}

/** The result of `backward(x, y, { layers: true })`. */
export interface LayerwiseBackwardResult<P extends Precision = Precision> {
  /** The loss of the batch. */
  loss: number;
  /** One element for each layer with weights or the like, in order; each says which of `layers` it belongs to. */
  gradients: LayerwiseGradient<P>[];
}

/** A matrix that the engine shows of a layer. */
interface Shown {
  layer: number;
  name: string;
  columns: number;
  /** Rows for each row of `x`. */
  members: number;
}

/** Whether something in a layer is trained: the engine shows no gradients of others. */
const trains = ({ tensors, inside }: LayerPlace): boolean =>
  [tensors, ...inside.map((place) => place.tensors)].some((list) => list.some(({ trained = true }) => trained));

function shownOf(place: LayerPlace, direction: 'forward' | 'backward'): Shown[] {
  const { path, row, input, output } = place;
  if (direction === 'backward' && !trains(place)) return [];
  const names: readonly string[] = row.shows?.[direction] ?? [];
  return names.map((name) => {
    const { columns, members } = name === 'input' ? input : output;
    return { layer: path[0] as number, name, columns, members };
  });
}

/** Room for matrices of `rows` rows, one behind the other, and the way to take them out. */
function roomFor(
  shown: readonly Shown[],
  rows: number,
  precision: Precision,
): { block: FloatArray; matrices: () => Map<number, Matrices> } {
  const columns = shown.reduce((sum, matrix) => sum + matrix.members * matrix.columns, 0);
  const block = newArray(precision, elementCount('the matrices of all layers', rows, columns));
  const matrices = (): Map<number, Matrices> => {
    const byLayer = new Map<number, Matrices>();
    let offset = 0;
    for (const { layer, name, columns, members } of shown) {
      const data = block.slice(offset, offset + rows * members * columns);
      offset += data.length;
      const matrix: Tensor<[number, number]> = { data, shape: [rows * members, columns] };
      const found = byLayer.get(layer);
      if (found !== undefined) found[name] = matrix;
      else byLayer.set(layer, { [name]: matrix });
    }
    return byLayer;
  };
  return { block, matrices };
}

type Matrices = Record<string, Tensor<[number, number]>>;

/** Stands for the encoder among the indices of layers. */
const encoder = -1;

/** The prediction for `x`, layer by layer. */
export function predictLayerwise(network: NativeNetwork, spec: NetworkSpec, x: unknown, wanted: MatrixWanted): LayerwisePrediction {
  const { data, rows } = toMatrix(x, 'x', wanted);
  const { outputs, inputs } = runLayerwise(network, spec, data, rows);
  const { output } = outputs.at(-1) as LayerOutput;
  return { ...meanOfMembers(output, rows, spec.precision), layers: outputs, ...(inputs !== undefined && { inputs }) };
}

/** The outputs of each layer for `rows` rows that are known to be right. */
export function layerOutputs(network: NativeNetwork, spec: NetworkSpec, x: FloatArray, rows: number): LayerOutput[] {
  return runLayerwise(network, spec, x, rows).outputs;
}

function runLayerwise(
  network: NativeNetwork,
  spec: NetworkSpec,
  data: FloatArray,
  rows: number,
): { outputs: LayerOutput[]; inputs: Tensor<[number, number]> | undefined } {
  const places = Array.from(layersOf(spec)).filter(({ depth }) => depth === 0);
  const encoded: Shown[] = isEncoded(spec) ? [{ layer: encoder, name: 'output', columns: encodedSizeOf(spec), members: 1 }] : [];
  const { block, matrices } = roomFor([...encoded, ...places.flatMap((place) => shownOf(place, 'forward'))], rows, spec.precision);
  network.trace(data, rows, block);
  const shown = matrices();
  const inputs = shown.get(encoder)?.output;
  let passed: Tensor<[number, number]> = inputs ?? { data, shape: [rows, data.length / rows] };
  const outputs = places.map((_, layer): LayerOutput => {
    const found = shown.get(layer);
    passed = found?.output ?? copied(passed, spec.precision);
    return { layer, ...found, output: passed };
  });
  return { outputs, inputs };
}

/** The mean over the members, computed as native/nn/mean_prediction.cpp does; of one member the matrix itself. */
function meanOfMembers(all: Tensor<[number, number]>, rows: number, precision: Precision): Tensor<[number, number]> {
  const [allRows, columns] = all.shape;
  if (allRows === rows) return all;
  const data = newArray(precision, rows * columns);
  const { length } = data;
  data.set(all.data.subarray(0, length));
  for (let i = length; i < all.data.length; i++) data[i % length] = (data[i % length] as number) + (all.data[i] as number);
  for (let i = 0; i < length; i++) data[i] = (data[i] as number) / (allRows / rows);
  return { data, shape: [rows, columns] };
}

function copied({ data, shape }: Tensor<[number, number]>, precision: Precision): Tensor<[number, number]> {
  const copy = newArray(precision, data.length);
  copy.set(data);
  return { data: copy, shape: [...shape] };
}

/** Room for the matrices of a step with `rows` rows; `beside` puts them beside the gradients. */
export function withLayers(
  spec: NetworkSpec,
  rows: number,
): { block: FloatArray; beside: (gradients: readonly LayerGradient[]) => LayerwiseGradient[] } {
  const shown = Array.from(layersOf(spec)).flatMap((place) => (place.depth === 0 ? shownOf(place, 'backward') : []));
  const { block, matrices } = roomFor(shown, rows, spec.precision);
  const beside = (gradients: readonly LayerGradient[]): LayerwiseGradient[] => {
    const byLayer = matrices();
    return gradients.map((gradient) => ({ ...gradient, ...byLayer.get(gradient.layer) }) as LayerwiseGradient);
  };
  return { block, beside };
}
