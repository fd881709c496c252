import { wrongType, wrongValue } from '../../errors';
import { type Check, record, withDefault } from '../../options/check';
import { checkOpset } from '../../options/onnx';

/** The options of `TabularModel.toONNX`. */
export interface TabularOnnxOptions {
  /** The version of ONNX's operators, from 17 to 21. Default 17, which every runtime since 2022 has. */
  opset?: number;
  /** Stands before the names of the outputs, which must differ from those of the columns: `'predicted_'`. Default: nothing. */
  outputPrefix?: string;
}

const prefix: Check<string> = (value, name) => {
  const expected = 'at most 50 letters, digits, dots, dashes and underscores, the first of which is a letter';
  if (typeof value !== 'string') throw wrongType(name, expected, value);
  if (!/^([A-Za-z][\w.-]{0,49})?$/.test(value)) throw wrongValue(name, expected, value);
  return value;
};

const check = record<Required<TabularOnnxOptions>>({ opset: checkOpset, outputPrefix: withDefault(prefix, '') }, { bare: true });

export function checkTabularOnnx(value: unknown): Required<TabularOnnxOptions> {
  return check(value, 'options');
}
