import type { SampleShape } from '../data/samples';
import { allocate } from '../data/typed-arrays';
import { wrongOption, wrongType } from '../errors';
import { inSlices, type Pieces } from '../event-loop';
import type { FloatArray, NativeCustomLoss, NativeMetrics, NativeNetwork, NativeSamples } from '../native';
import type { CustomLoss, NetworkSpec } from '../options';

/** kRowsAtOnce in native/nn/custom_loss.h. */
const rowsAtOnce = 64;

/** The arrays of one row, which the user's functions get. */
interface Row {
  outputs: FloatArray;
  targets: FloatArray;
  gradient: FloatArray;
}

/** A loss of the user's own as native code calls it. */
export class CustomLossCalls implements NativeCustomLoss {
  readonly outputs: FloatArray;
  readonly targets: FloatArray;
  readonly losses: FloatArray;
  readonly gradient: FloatArray;
  readonly #functions: Pick<CustomLoss, 'value' | 'gradient'>;
  readonly #rows: readonly Row[];
  #failure: { error: unknown } | undefined;

  constructor(functions: Pick<CustomLoss, 'value' | 'gradient'>, { outputSize, targetSize, precision }: SampleShape) {
    const room = (columns: number): FloatArray => allocate(precision, rowsAtOnce * columns);
    [this.outputs, this.targets, this.losses, this.gradient] = [room(outputSize), room(targetSize), room(1), room(outputSize)];
    const part = (array: FloatArray, row: number, columns: number) => array.subarray(row * columns, (row + 1) * columns);
    this.#rows = Array.from({ length: rowsAtOnce }, (_, row) => ({
      outputs: part(this.outputs, row, outputSize),
      targets: part(this.targets, row, targetSize),
      gradient: part(this.gradient, row, outputSize),
    }));
    this.#functions = functions;
  }

  compute(rows: number, gradient: boolean): boolean {
    const functions = this.#functions;
    try {
      if (gradient) this.gradient.fill(0);
      for (const [index, row] of this.#rows.slice(0, rows).entries()) {
        const value: unknown = functions.value(row.outputs, row.targets);
        if (typeof value !== 'number') throw wrongType('the result of loss.value', 'a number', value);
        this.losses[index] = value;
        if (gradient) functions.gradient(row.outputs, row.targets, row.gradient);
      }
      return true;
    } catch (error) {
      this.#failure = { error };
      return false;
    }
  }

  /** The error of native code that a function of the user's has made fail is that of the function. */
  errorOf(error: unknown): unknown {
    return this.#failure === undefined ? error : this.#failure.error;
  }

  /** Throws the error of the user's function. */
  check(done: boolean): void {
    if (!done) throw this.errorOf(undefined);
  }
}

/**
 * The functions of a network's own loss; undefined where it is one of the package's.
 *
 * @throws `ERR_CHAINRULE_OPTION` if the network was loaded without them.
 */
export function customLoss({ loss }: NetworkSpec, shape: SampleShape): CustomLossCalls | undefined {
  if (loss.type !== 'custom') return undefined;
  const { value, gradient } = loss;
  if (value === undefined || gradient === undefined) {
    throw wrongOption(
      'the network has a loss of its own, whose functions are not saved with it: give them again, as in ' +
        'NeuralNetwork.load(path, { loss: { value, gradient } })',
    );
  }
  return new CustomLossCalls({ value, gradient }, shape);
}

/** Loss and metrics of samples. */
export async function evaluateSamples(
  network: NativeNetwork,
  samples: NativeSamples,
  loss: CustomLossCalls | undefined,
  betweenSlices?: () => void,
): Promise<NativeMetrics> {
  const measured = await network.evaluate(samples);
  if (loss === undefined) return measured;
  const outputs = await network.predictAsync(samples.x, samples.rows, samples.index);
  return { ...measured, loss: await inSlices(adding(loss, outputs, samples), betweenSlices) };
}

/** The mean of a custom loss, by the samples' weights. */
function* adding(loss: CustomLossCalls, outputs: FloatArray, { y, rows, index, weights }: NativeSamples): Pieces<number> {
  const [outputSize, targetSize] = [loss.outputs.length / rowsAtOnce, loss.targets.length / rowsAtOnce];
  let [sum, weight] = [0, 0];
  for (let first = 0; first < rows; first += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - first);
    const places = Array.from({ length: count }, (_, row) => index?.[first + row] ?? first + row);
    loss.outputs.set(outputs.subarray(first * outputSize, (first + count) * outputSize));
    for (const [row, place] of places.entries()) {
      loss.targets.set(y.subarray(place * targetSize, (place + 1) * targetSize), row * targetSize);
    }
    loss.check(loss.compute(count, false));
    for (const [row, place] of places.entries()) {
      const by = weights?.[place] ?? 1;
      sum += by * (loss.losses[row] as number);
      weight += by;
    }
    yield;
  }
  return weight === 0 ? 0 : sum / weight;
}
