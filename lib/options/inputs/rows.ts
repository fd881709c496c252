import { wrongType, wrongValue } from '../../errors';
import type { NativeInput } from '../../native';
import { elements, maxCount, object, oneOf } from '../check';
import { type CategoricalInputOptions, type CategoricalInputSpec, categoricalRow } from './categorical';
import { type NumericInputOptions, type NumericInputSpec, numericRow } from './numeric';
import { type PeriodicInputOptions, type PeriodicInputSpec, periodicRow } from './periodic';
import type { AnyInput, InputRow } from './row';

/** Some columns of `x`, and what they become before the first layer, as plain JSON. */
export type InputOptions = NumericInputOptions | PeriodicInputOptions | CategoricalInputOptions;

/** A checked input: every default is filled in. Plain JSON, and itself an `InputOptions`. */
export type InputSpec = NumericInputSpec | PeriodicInputSpec | CategoricalInputSpec;

/** The name of a kind of input. */
export type InputKind = InputSpec['type'];

type RowOf<Kind extends InputKind> = InputRow<Extract<InputSpec, { type: Kind }>>;

/** Every kind, in the order of native/nn/inputs.inc. */
const rows: { readonly [Kind in InputKind]: RowOf<Kind> } = {
  numeric: numericRow,
  periodic: periodicRow,
  categorical: categoricalRow,
};

export const inputKinds: readonly InputKind[] = Object.keys(rows) as InputKind[];

/** The row of an input's kind. */
export function inputRowOf(input: AnyInput): InputRow<AnyInput> {
  return rows[input.type as InputKind] as unknown as InputRow<AnyInput>;
}

/** The most inputs of a network (`kMaxInputs` in native/nn/wire.h). */
export const mostInputs = 4096;

const inputType = oneOf(inputKinds);

function checkInput(value: unknown, name: string): InputSpec {
  const type = inputType(object(value, name).type, `${name}.type`);
  return inputRowOf({ type, columns: 1 }).check(value, name) as InputSpec;
}

/** A list of inputs, checked and with defaults. */
export function checkInputs(value: unknown, name: string): InputSpec[] {
  const expected = 'an array of inputs';
  if (typeof value === 'number') {
    const error = wrongType(name, expected, value);
    error.message += `; for plain columns of numbers write inputSize: ${value}`;
    throw error;
  }
  const inputs = elements(value, name, expected, checkInput, mostInputs);
  if (inputs.length === 0) throw wrongValue(name, 'an array of at least one input', value);
  let columns = 0;
  let width = 0;
  for (const [index, input] of inputs.entries()) {
    columns += input.columns;
    width += inputRowOf(input).width(input);
    if (columns > maxCount || width > maxCount) {
      throw wrongValue(`${name}[${index}]`, `small enough for ${maxCount} columns in all`, Math.max(columns, width));
    }
  }
  return inputs;
}

/** A checked input for the border. */
export function nativeInput(input: AnyInput): NativeInput {
  return { type: input.type, settings: inputRowOf(input).settings(input) };
}
