import type { MatrixWanted } from './data/matrix';
import { toMatrix } from './data/matrix';
import { elementCount, newArray } from './data/typed-arrays';
import type { FloatArray, NativeNetwork } from './native';
import type { NetworkSpec, Precision } from './options';
import type { DensePlace, LayerGradient, Tensor } from './parameters';
import type { Prediction } from './predictor';

/** The matrices of one layer in a forward pass. */
export interface LayerOutput<P extends Precision = Precision> {
  /** The layer's index in `layers`. */
  layer: number;
  /** Dense layers only: the pre-activations `input · weights + bias`, `[rows, units]`. */
  z?: Tensor<[number, number], P>;
  /** The input of the next layer, `[rows, units]`. A dropout layer passes on its own input, as it does nothing in a prediction. */
  output: Tensor<[number, number], P>;
}

/** The result of `forward(x, { layers: true })`: the prediction, and the matrices of every layer on the way to it. */
export interface LayerwisePrediction<P extends Precision = Precision> extends Prediction<P> {
  /** One element for each layer in order, dropout layers too; the last `output` holds the prediction's own array. */
  layers: LayerOutput<P>[];
}

/** A gradient from `backward(x, y, { layers: true })`, with the two matrices that it is the product of. */
export interface LayerwiseGradient<P extends Precision = Precision> extends LayerGradient<P> {
  /**
   * The layer's input in this step, `[rows, in]`. After a dropout layer some elements are 0, and the others scaled up: as they were drawn for
   * this step.
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
  /** One element for each dense layer, in order; each says which of `layers` it belongs to. */
  gradients: LayerwiseGradient<P>[];
}

function emptyMatrix(precision: Precision, rows: number, columns: number, name: string): Tensor<[number, number]> {
  return { data: newArray(precision, elementCount(name, rows, columns)), shape: [rows, columns] };
}

/** The prediction for `x`, layer by layer. */
export function predictLayerwise(
  network: NativeNetwork,
  { layers, precision }: NetworkSpec,
  places: readonly DensePlace[],
  x: unknown,
  wanted: MatrixWanted,
): LayerwisePrediction {
  const { data, rows } = toMatrix(x, 'x', wanted);
  const dense = places.map(({ layer, units }) => ({
    layer,
    z: emptyMatrix(precision, rows, units, 'the pre-activations'),
    output: emptyMatrix(precision, rows, units, 'the activations'),
  }));
  network.trace(
    data,
    rows,
    dense.flatMap(({ z, output }) => [z.data, output.data]),
  );
  let passed: Tensor<[number, number]> = { data, shape: [rows, wanted.columns] };
  let next = 0;
  const outputs = layers.map(({ type }, layer): LayerOutput => {
    const found = type === 'dense' ? dense[next++] : undefined;
    passed = found?.output ?? copied(passed, precision);
    return found ?? { layer, output: passed };
  });
  return { ...passed, layers: outputs };
}

function copied({ data, shape }: Tensor<[number, number]>, precision: Precision): Tensor<[number, number]> {
  const copy = newArray(precision, data.length);
  copy.set(data);
  return { data: copy, shape: [...shape] };
}

/** The gradients with room for inputs and deltas, and the arrays that the addon fills in. */
export function withLayers(
  gradients: readonly LayerGradient[],
  precision: Precision,
  rows: number,
): { gradients: LayerwiseGradient[]; arrays: FloatArray[] } {
  const traced = gradients.map((gradient) => {
    const [inputs, units] = gradient.weights.shape;
    const input = emptyMatrix(precision, rows, inputs, 'the input of a layer');
    return { ...gradient, input, delta: emptyMatrix(precision, rows, units, 'the deltas') };
  });
  return { gradients: traced, arrays: traced.flatMap(({ input, delta }) => [input.data, delta.data]) };
}
