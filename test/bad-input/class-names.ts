import { dense, toClasses } from '../../lib';
import { type Loose, loose, make, OPTION, type Row, SHAPE, TYPE, VALUE, x } from './row';

const network = (classNames: unknown, last: unknown = dense(3, 'softmax')) => make({ inputSize: 2, layers: [last], classNames });
const animals = () => loose(network(['cat', 'dog', 'cow']));

export const classNameRows: Row[] = [
  ['text for class names', () => network('abc'), TYPE, 'classNames must be an array of names, got "abc"'],
  ['a class name that is a number', () => network([0, 1, 2]), VALUE, 'classNames[0] must be a name of 1 to 1024 characters, got 0'],
  ['an empty class name', () => network(['a', '', 'c']), VALUE, 'classNames[1] must be a name of 1 to 1024 characters, got ""'],
  ['a class name twice', () => network(['a', 'b', 'a']), VALUE, 'classNames[2] must be a name that no other class has, got "a"'],
  ['too few class names', () => network(['a', 'b']), SHAPE, 'classNames must have 3 names, one for each output, got 2'],
  [
    'one name for one output',
    () => network(['a'], dense(1, 'sigmoid')),
    SHAPE,
    'classNames must have 2 names, the classes 0 and 1 of one output, got 1',
  ],
  [
    'class names of a regression',
    () => network(['a', 'b'], dense(1)),
    OPTION,
    'classNames needs an output for each class, or one of "sigmoid": the one output is a number',
  ],
  [
    'an unknown class',
    () => animals().fit({ x, y: ['cat', 'dgo', 'cow', 'cat'] }),
    VALUE,
    'y[1] must be one of the class names "cat", "dog", "cow", got "dgo"; did you mean "dog"?',
  ],
  [
    'a name and a number',
    () => animals().fit({ x, y: ['cat', 1, 'cow', 'cat'] }),
    TYPE,
    'y[1] must be the name of a class, as those before it, got 1',
  ],
  [
    'names for outputs that are numbers',
    () => loose(make({ inputSize: 2, layers: [dense(2)], classNames: ['a', 'b'] })).fit({ x, y: ['a', 'b', 'a', 'b'] }),
    OPTION,
    'y has names of classes, which need the loss "crossEntropy" or a single output',
  ],
  [
    'too few names for outputs',
    () => (toClasses as Loose)([[1, 2, 3]], { classNames: ['a', 'b'] }),
    SHAPE,
    'classNames must have 3 names, one for each output, got 2',
  ],
];
