import {
  type NativeLayer,
  type NativeLbfgs,
  type NativeLoss,
  type NativeNames,
  type NativeOptimizer,
  type NativeSetting,
  type NativeSpec,
  type NativeTensorSettings,
  type NativeTrainerOptions,
  native,
} from '../native';

/** Specifications as rows of numbers, in the order in which native/nn/wire.h reads them. A name crosses as its index in the native list. */
export class Wire {
  readonly #names: NativeNames;

  constructor(names: NativeNames) {
    this.#names = names;
  }

  network({ inputSize, seed, loss, layers, inputs }: NativeSpec): Float64Array {
    const numbers = [inputSize, seed];
    this.#loss(loss, numbers);
    this.#layers(layers, numbers);
    numbers.push(inputs.length);
    for (const { type, settings } of inputs) {
      numbers.push(this.#index('inputs', type));
      this.#settings(settings, numbers);
    }
    return Float64Array.from(numbers);
  }

  /** A setting that the loss does not have crosses as 0. */
  #loss({ type, settings, targets, point, perOutput }: NativeLoss, to: number[]): void {
    to.push(this.#index('losses', type));
    for (const name of this.#names.lossSettings) to.push(settings[name] ?? 0);
    to.push(targets, point);
    this.#settings(perOutput, to);
  }

  #layers(layers: readonly NativeLayer[], to: number[]): void {
    to.push(layers.length);
    for (const { type, settings, layers: inside } of layers) {
      to.push(this.#index('layers', type));
      this.#settings(settings, to);
      this.#layers(inside, to);
    }
  }

  #settings(settings: readonly NativeSetting[], to: number[]): void {
    to.push(settings.length);
    for (const setting of settings) to.push(typeof setting === 'number' ? setting : this.#index(...setting));
  }

  /** Of all trained tensors; none where all are default. */
  tensors(tensors: readonly NativeTensorSettings[]): Float64Array {
    return Float64Array.from([tensors.length, ...tensors.flat()]);
  }

  optimizer(optimizer: NativeOptimizer, tensors: readonly NativeTensorSettings[] = []): Float64Array {
    return Float64Array.from(this.#optimizer(optimizer, tensors));
  }

  trainer({ batchSize, shuffle, metrics, dropLast, shards, tensors, optimizer, ...step }: NativeTrainerOptions): Float64Array {
    const flags = [shuffle, metrics, dropLast].map(Number);
    const { accumulate, clipNorm, clipValue, emaDecay, lbfgs } = step;
    const steps = [accumulate, clipNorm, clipValue, emaDecay, ...lbfgsNumbers(lbfgs)];
    return Float64Array.from([batchSize, ...flags, shards, ...steps, ...this.#optimizer(optimizer, tensors)]);
  }

  /** A setting that the optimizer does not have crosses as 0. */
  #optimizer({ type, ...settings }: NativeOptimizer, tensors: readonly NativeTensorSettings[]): number[] {
    const all = this.#names.optimizerSettings.map((name) => Number(settings[name] ?? 0));
    return [...this.tensors(tensors), this.#index('optimizers', type), ...all];
  }

  #index(list: keyof NativeNames, name: string): number {
    const index = this.#names[list].indexOf(name);
    if (index < 0) throw new Error(`"${name}" is not one of the native ${list}`);
    return index;
  }
}

function lbfgsNumbers(lbfgs: NativeLbfgs | undefined): number[] {
  if (lbfgs === undefined) return [0];
  const { maxIterations, maxEvaluations, toleranceGradient, toleranceChange, historySize, lineSearch } = lbfgs;
  return [maxIterations, maxEvaluations, toleranceGradient, toleranceChange, historySize, Number(lineSearch)];
}

/** The wire to the native code that is loaded. */
export const wire: Wire = new Wire(native.names);
