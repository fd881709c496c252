import { OPTION, type Row, TYPE, VALUE } from './row';

const name = 'a name of at most 100 letters, digits, dots, dashes and underscores, which begins with a letter';

export const onnx: Row[] = [
  ['an old opset', ({ nn }) => nn.toONNX({ opset: 16 }), VALUE, 'opset must be a whole number from 17 to 21, got 16'],
  ['an opset as text', ({ nn }) => nn.toONNX({ opset: '17' }), TYPE, 'opset must be a whole number from 17 to 21, got "17"'],
  ['an empty name', ({ nn }) => nn.toONNX({ inputName: '' }), VALUE, `inputName must be ${name}, got ""`],
  ['a name that is no text', ({ nn }) => nn.toONNX({ outputName: 1 }), TYPE, `outputName must be ${name}, got 1`],
  [
    'one name for input and output',
    ({ nn }) => nn.toONNX({ inputName: 'y' }),
    OPTION,
    'inputName and outputName must differ, also from "label", got "y" and "y"',
  ],
  [
    'the name of the labels',
    ({ nn }) => nn.toONNX({ outputName: 'label' }),
    OPTION,
    'inputName and outputName must differ, also from "label", got "x" and "label"',
  ],
  [
    'an option that is not there',
    ({ nn }) => nn.toONNX({ version: 17 }),
    OPTION,
    'options has no option "version"; it has opset, inputName, outputName, labels, restorable, metadata',
  ],
];
