import { describe, wrongOption, wrongType } from '../errors';
import { isArray, isRevoked } from './check';
import { type CallHabit, callHabits, methodHabits } from './habits';

/** Whether a value is rows or numbers where an object is wanted. */
const isListed = (value: unknown): boolean => isArray(value) || ArrayBuffer.isView(value);

/** Whether a value can be asked for a property. */
const hasProperty = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && !isRevoked(value) && key in value;

/** The error of `wrongType`, with what to write in the place of a call that other libraries have. */
export function wrongCall(name: string, expected: string, got: unknown, habit: CallHabit): Error {
  const error = wrongType(name, expected, got);
  error.message += `; write ${callHabits[habit]}`;
  return error;
}

/** Refuses `fit(X, y)` and lists of `{ input, output }`, which would be taken for streams. `data` is called so by `owner`. */
export function checkData(data: unknown, options: unknown, habit: 'fit(X, y)' | 'evaluate(X, y)'): void {
  const expected = habit === 'fit(X, y)' ? '{ x, y } or a stream of such batches' : '{ x, y }';
  if (isListed(options) || ArrayBuffer.isView(data)) throw wrongCall('data', expected, data, habit);
  if (!isArray(data)) return;
  const first: unknown = data[0];
  if (typeof first === 'number' || isListed(first)) throw wrongCall('data', expected, data, habit);
  if (hasProperty(first, 'input')) throw wrongCall('data', expected, data, 'fit([{ input, output }])');
}

/** Refuses `backward(target)` after `forward(row)`, and `backward({ x, y })`. */
export function checkBackward(x: unknown, y: unknown): void {
  if (y !== undefined) return;
  const both = hasProperty(x, 'x');
  throw wrongCall('y', 'the targets of x', y, both ? 'backward({ x, y })' : 'forward(row); backward(target)');
}

/** Refuses the whole result of `backward` in place of its gradients. */
export function checkUpdate(gradients: unknown): void {
  if (!hasProperty(gradients, 'gradients')) return;
  throw wrongCall(
    'gradients',
    'an array with { weights, bias } or { parameters } for each layer that has weights',
    gradients,
    'update(backward(x, y), optimizer)',
  );
}

/** Gives a prototype the methods of other libraries: each throws, and says what to write. They are not enumerable, and in no type. */
export function trapHabits(prototype: object): void {
  for (const [names, write] of methodHabits) {
    for (const name of names) {
      const value = (): never => {
        throw wrongOption(`a network has no method ${describe(name)}; write ${write}`);
      };
      Object.defineProperty(prototype, name, { value, enumerable: false, configurable: true, writable: true });
    }
  }
}
