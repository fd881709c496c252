import { wrongOption, wrongType, wrongValue } from '../errors';
import { boolean, type Check, integer, object, optional, record, withDefault } from './check';
import { checkMetadata, type Metadata } from './save';

/** The options of `toONNX`. */
export interface OnnxOptions {
  /** The version of ONNX's operators, from 17 to 21. Default 17, which every runtime since 2022 has. */
  opset?: number;
  /** The name of the model's input. Default `'x'`. */
  inputName?: string;
  /** The name of the model's output. Default `'y'`. */
  outputName?: string;
  /** Whether a network with `classNames` has a second output `label`, the name of each row's class. Default true. */
  labels?: boolean;
  /** Whether the file also keeps what computes nothing: loss, dropout, initializers, seed. `fromONNX` then gives the same network. Default true. */
  restorable?: boolean;
  /** Kept in the file in place of `nn.metadata`, which does not change. */
  metadata?: Metadata;
}

/** The options of `fromONNX`. */
export interface FromOnnxOptions {
  /** The name of the output that becomes the network's. Default: the first one of numbers. */
  output?: string;
  /** The bytes of files beside the model, by their names in it, where the model is given as bytes: `{ 'model.onnx.data': bytes }`. */
  externalData?: Readonly<Record<string, Uint8Array | ArrayBufferLike>>;
}

/** Checked options. */
export interface CheckedOnnx extends Required<Omit<OnnxOptions, 'metadata'>> {
  metadata?: Metadata | undefined;
}

/** The output with names of classes. */
export const labelOutput = 'label';

const valueName: Check<string> = (value, name) => {
  const expected = 'a name of at most 100 letters, digits, dots, dashes and underscores, which begins with a letter';
  if (typeof value !== 'string') throw wrongType(name, expected, value);
  if (!/^[A-Za-z][\w.-]{0,99}$/.test(value)) {
    throw wrongValue(name, expected, value);
  }
  return value;
};

/** A version of ONNX's operators that files are written in. */
export const checkOpset: Check<number> = withDefault(integer({ min: 17, max: 21 }), 17);

const check = record<CheckedOnnx>(
  {
    opset: checkOpset,
    inputName: withDefault(valueName, 'x'),
    outputName: withDefault(valueName, 'y'),
    labels: withDefault(boolean, true),
    restorable: withDefault(boolean, true),
    metadata: (value, name) => (value === undefined ? undefined : checkMetadata(value, name)),
  },
  { bare: true },
);

export function checkOnnx(value: unknown): CheckedOnnx {
  const options = check(value, 'options');
  const names = [options.inputName, options.outputName, labelOutput];
  if (new Set(names).size < names.length) {
    throw wrongOption(`inputName and outputName must differ, also from "${labelOutput}", got "${names[0]}" and "${names[1]}"`);
  }
  return options;
}

/** Checked options of `fromONNX`. */
export interface CheckedFromOnnx {
  output?: string | undefined;
  externalData?: Record<string, unknown> | undefined;
}

const text: Check<string> = (value, name) => {
  if (typeof value !== 'string') throw wrongType(name, 'a string', value);
  return value;
};

const checkFrom = record<CheckedFromOnnx>({ output: optional(text), externalData: optional(object) }, { bare: true });

export function checkFromOnnx(value: unknown): CheckedFromOnnx {
  return checkFrom(value, 'options');
}
