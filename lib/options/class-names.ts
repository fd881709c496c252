import { wrongShape, wrongValue } from '../errors';
import { type Check, elements } from './check';
import { loneSurrogate } from './save';

/** The most characters of a name. */
const longest = 1024;

const checkName: Check<string> = (value, name) => {
  const expected = `a name of 1 to ${longest} characters`;
  if (typeof value !== 'string' || value === '' || value.length > longest) throw wrongValue(name, expected, value);
  if (loneSurrogate.test(value)) throw wrongValue(name, `${expected} without lone surrogates`, value);
  return value;
};

/** Names of classes, each of them once. */
export const checkClassNames: Check<string[]> = (value, name) => {
  const names = elements(value, name, 'an array of names', checkName);
  const seen = new Set<string>();
  for (const [index, one] of names.entries()) {
    if (seen.has(one)) throw wrongValue(`${name}[${index}]`, 'a name that no other class has', one);
    seen.add(one);
  }
  return names;
};

/** The number of classes of a network with this number of outputs: one output tells two classes apart. */
export const classesOf = (outputs: number): number => Math.max(outputs, 2);

/** A name for each class, and no others. */
export function checkNumberOfNames(names: readonly string[], outputs: number, name: string): void {
  if (names.length === classesOf(outputs)) return;
  const why = outputs === 1 ? 'the classes 0 and 1 of one output' : 'one for each output';
  throw wrongShape(`${name} must have ${classesOf(outputs)} names, ${why}, got ${names.length}`);
}
