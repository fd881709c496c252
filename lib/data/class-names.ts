import { wrongOption, wrongType, wrongValue } from '../errors';
import { isArray, lengthOf } from '../options/check';
import { closest } from '../options/closest';
import { newLabels } from './typed-arrays';

/** Targets that are names of classes, as their indices; other targets unchanged. */
export function withoutNames(value: unknown, name: string, classNames: readonly string[], outputs: number, hasClasses: boolean): unknown {
  const names = isArray(value) ? value : undefined;
  if (typeof names?.[0] !== 'string') return value;
  if (!hasClasses && outputs > 1) throw wrongOption(`${name} has names of classes, which need the loss "crossEntropy" or a single output`);
  const indices = new Map(classNames.map((one, index) => [one, index]));
  const length = lengthOf(names, name);
  const given: number[] = []; // not made at once: a proxy of an array may claim any length
  for (let row = 0; row < length; row++) given.push(indexOf(names[row], `${name}[${row}]`, indices));
  const labels = newLabels(length);
  labels.set(given);
  return labels;
}

const mostListed = 10;

function indexOf(value: unknown, name: string, indices: ReadonlyMap<string, number>): number {
  if (typeof value !== 'string') throw wrongType(name, 'the name of a class, as those before it', value);
  const index = indices.get(value);
  if (index !== undefined) return index;
  const names = [...indices.keys()];
  const list = names.slice(0, mostListed).map((one) => JSON.stringify(one));
  const error = wrongValue(name, `one of the class names ${list.join(', ')}${names.length > mostListed ? ', …' : ''}`, value);
  const suggestion = closest(value, names);
  if (suggestion !== undefined) error.message += `; did you mean ${JSON.stringify(suggestion)}?`;
  throw error;
}
