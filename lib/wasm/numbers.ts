import type { NativeBinding, NativeLayer, NativeOptimizer, NativeSpec, NativeTrainerOptions } from '../native';
import { layerKinds } from '../options';

type Names = NativeBinding['names'];

/** Specifications as rows of numbers, in the order in which native/wasm/parse.cpp reads them. */
export class Encoder {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  network({ inputSize, seed, loss, layers }: NativeSpec): Float64Array {
    const head = [inputSize, seed, indexOf(this.#names.losses, loss.type), loss.delta, layers.length];
    return Float64Array.from([...head, ...layers.flatMap((layer) => this.#layer(layer))]);
  }

  #layer({ type, settings, layers }: NativeLayer): number[] {
    const kind = indexOf(layerKinds, type);
    return [kind, settings.length, ...settings, layers.length, ...layers.flatMap((layer) => this.#layer(layer))];
  }

  optimizer(settings: NativeOptimizer): Float64Array {
    const { type, learningRate, weightDecay, momentum, nesterov, beta1, beta2, alpha, epsilon, centered } = settings;
    return Float64Array.of(
      indexOf(this.#names.optimizers, type),
      learningRate,
      weightDecay,
      momentum,
      Number(nesterov),
      beta1,
      beta2,
      alpha,
      epsilon,
      Number(centered),
      settings.learningRateDecay,
      settings.initialAccumulator,
    );
  }

  trainer({ batchSize, shuffle, metrics, optimizer }: NativeTrainerOptions): Float64Array {
    return Float64Array.of(batchSize, Number(shuffle), Number(metrics), ...this.optimizer(optimizer));
  }
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new Error(`the WebAssembly module does not know "${name}"`);
  return index;
}
