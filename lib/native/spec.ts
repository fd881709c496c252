/*
 * A network as the addon and WebAssembly take it, by way of the wire.
 */

/** The arrays of a network of any precision. */
export type FloatArray = Float32Array | Float64Array;

/** The arrays of a network of precision `P`: `Float64Array` for `'f64'`, otherwise `Float32Array`. */
export type FloatArrayOf<P extends 'f32' | 'f64' | 'bf16'> = P extends 'f64' ? Float64Array : Float32Array;

/** The names in the native lists; on the wire (native/wire.ts) a name is its index. Tests compare them with those of the options. */
export interface NativeNames {
  activations: string[];
  initializers: string[];
  inputs: string[];
  layers: string[];
  losses: string[];
  lossSettings: string[];
  metrics: string[];
  optimizers: string[];
  optimizerSettings: string[];
  perMember: string[];
}

/** A number, or a name in one of the native lists. */
export type NativeSetting = number | readonly [list: keyof NativeNames, name: string];

/** A layer: its kind, its settings in the order in which native code reads them, and the layers inside it. */
export interface NativeLayer {
  type: string;
  settings: readonly NativeSetting[];
  layers: readonly NativeLayer[];
}

/** An input: its kind, and its settings in the order in which native code reads them. */
export interface NativeInput {
  type: string;
  settings: readonly NativeSetting[];
}

/** A loss with the settings that it has. */
export interface NativeLoss {
  type: string;
  settings: Readonly<Record<string, number>>;
  /** Columns of `y`, each with as many outputs, which stand side by side. */
  targets: number;
  /** The one of a target's outputs that metrics compare with it. */
  point: number;
  /** A number for each output; empty: each is 1. */
  perOutput: readonly number[];
}

/**
 * The function of a loss of type `custom`, and the arrays that go in and come out: row-major, with room for `rowsAtOnce` rows
 * (native/nn/custom_loss.h). While it is called, JavaScript is the caller's: it must not throw.
 */
export interface NativeCustomLoss {
  readonly outputs: FloatArray;
  readonly targets: FloatArray;
  readonly losses: FloatArray;
  readonly gradient: FloatArray;
  /** Computes the losses of the first `rows` rows, and their gradients if they are asked for. False: it has failed, and so does the caller. */
  compute(rows: number, gradient: boolean): boolean;
}

/** A complete, checked specification: every default is filled in before it gets here. */
export interface NativeSpec {
  /** A whole number, 0 or more. */
  seed: number;
  inputSize: number;
  /** Empty where the first layer takes `x` unchanged. */
  inputs: readonly NativeInput[];
  /** The last one is dense. */
  layers: readonly NativeLayer[];
  loss: NativeLoss;
}
