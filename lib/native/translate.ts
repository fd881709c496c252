import { types } from 'node:util';
import { libraryError } from '../errors';

/*
 * The addon lives in the realm that loaded it first, and a test runner may run this file in another one: errors and arrays that the addon
 * makes are translated into this realm's here, and nowhere else.
 */

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The translation of a method's result, by the method's name; absent: the result is not translated. */
export type Results = Record<string, ((result: never) => unknown) | undefined>;

// As they are now: a function that replaces them later must not see native objects.
const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys, setPrototypeOf } = Reflect;
const { isPromise } = types;

/** A function that throws the library's errors, or rejects with them. */
export function translated<F extends (...args: never[]) => unknown>(method: F, result: (value: never) => unknown = (value) => value): F {
  const called = function (this: unknown, ...args: unknown[]): unknown {
    try {
      const value = apply(method as unknown as Method, this, args);
      return isPromise(value) ? settled(value, result) : result(value as never);
    } catch (error) {
      throw libraryError(error);
    }
  };
  return called as unknown as F;
}

async function settled(promise: Promise<unknown>, result: (value: never) => unknown): Promise<unknown> {
  try {
    return result((await promise) as never);
  } catch (error) {
    throw libraryError(error);
  }
}

/** The same as `translated` for what must be fast: one number, no result, no `this`. */
export function translatedRun(run: (rows: number) => void): (rows: number) => void {
  return (rows) => {
    try {
      run(rows);
    } catch (error) {
      throw libraryError(error);
    }
  };
}

/** Gives objects of a native class a prototype of this realm, with its methods and accessors translated. */
export function adopter(results: Results): <T extends object>(object: T) => T {
  let prototype: object | undefined;
  return (object) => {
    prototype ??= translatedPrototype(getPrototypeOf(object) as object, results);
    setPrototypeOf(object, prototype);
    return object;
  };
}

function translatedPrototype(native: object, results: Results): object {
  const prototype = {};
  for (const name of ownKeys(native)) {
    const { get, value } = getOwnPropertyDescriptor(native, name) as PropertyDescriptor;
    if (name === 'constructor') continue;
    defineProperty(prototype, name, get === undefined ? { value: translated(value, results[String(name)]) } : { get: translated(get) });
  }
  return prototype;
}

/** A native class whose objects are adopted. */
export function translatedClass<Class extends new (...args: never[]) => object>(
  Class: Class,
  adopt: <T extends object>(object: T) => T,
): Class {
  const make = translated((args: unknown[]) => construct(Class, args), adopt);
  return new Proxy(Class, { construct: (_, args) => make(args) as object });
}

/** The same numbers in an array of this realm: the same array, almost always. */
export function ownFloats(array: Float32Array | Float64Array): Float32Array | Float64Array {
  if (array instanceof Float32Array || array instanceof Float64Array) return array;
  const foreign: ArrayLike<number> & { BYTES_PER_ELEMENT: number } = array;
  return foreign.BYTES_PER_ELEMENT === Float32Array.BYTES_PER_ELEMENT ? new Float32Array(foreign) : new Float64Array(foreign);
}
