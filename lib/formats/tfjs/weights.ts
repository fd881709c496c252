import { describe } from '../../errors';
import type { Pieces } from '../../event-loop';
import type { FloatArray } from '../../native';
import { maxCount } from '../../options/check';
import { elementsOf, readElements } from '../npy/elements';
import { badModel } from '../state';
import { arrayAt, isObject, objectAt, textAt } from './documents';

/* The weights of TensorFlow.js: a list of names and shapes, and their bytes one after the other. */

/** A weight in the bytes. */
export interface Weight {
  shape: readonly number[];
  length: number;
  begin: number;
  /** NumPy's name of the elements. */
  stored: string;
  /** Quantised weights are `stored value * scale + min`. */
  scale: number;
  min: number;
}

/** Element types of weights that are not quantised, and of those that are. */
const plain: Readonly<Record<string, string>> = { float32: '<f4' };
const quantised: Readonly<Record<string, string>> = { uint8: '|u1', uint16: '<u2', float16: '<f2' };

/** By their names, and the bytes that all of them take. */
export function readWeights(specs: unknown, name: string): { weights: Map<string, Weight>; bytes: number } {
  const weights = new Map<string, Weight>();
  let at = 0;
  for (const [index, given] of arrayAt(specs, 'weightSpecs', name).entries()) {
    const { name: own, shape, dtype, quantization } = objectAt(given, `weightSpecs[${index}]`, name);
    const called = textAt(own, `weightSpecs[${index}].name`, name);
    const sizes = arrayAt(shape, `the shape of ${describe(called)}`, name) as readonly number[];
    // Multiplied only when they are numbers: an array would become a text, which overflows the stack if it is nested deeply.
    const areSizes = sizes.length <= 8 && sizes.every((size) => Number.isSafeInteger(size) && size >= 0);
    const length = areSizes ? sizes.reduce((product, size) => product * size, 1) : NaN;
    if (!(length <= maxCount)) {
      throw badModel(name, `has no valid shape for ${describe(called)}`);
    }
    const { dtype: packed, scale = 1, min = 0 } = isObject(quantization) ? quantization : {};
    const [types, type] = packed === undefined ? [plain, dtype] : [quantised, packed];
    if (typeof type !== 'string' || !Object.hasOwn(types, type) || dtype !== 'float32') {
      throw badModel(
        name,
        `has ${describe(called)} as ${describe(packed ?? dtype)}: float32 is read, quantised to uint8, uint16 or float16 or not`,
      );
    }
    if (!Number.isFinite(scale) || !Number.isFinite(min)) throw badModel(name, `has no valid quantization of ${describe(called)}`);
    if (weights.has(called)) throw badModel(name, `has two weights ${describe(called)}`);
    const stored = types[type] as string;
    weights.set(called, { shape: sizes, length, begin: at, stored, scale: scale as number, min: min as number });
    at += length * Number(stored.at(-1));
  }
  return { weights, bytes: at };
}

/** Copies the values of a weight. */
export function* copyWeight(weight: Weight, bytes: Uint8Array, into: FloatArray, offset: number, name: string): Pieces<void> {
  const { stored, length, begin, scale, min } = weight;
  const elements = elementsOf(stored, name);
  const values = yield* readElements(elements, bytes.subarray(begin, begin + length * elements.size), length, name);
  if (stored === '<f4' || stored === '<f2') into.set(values, offset);
  else for (let index = 0; index < length; index++) into[offset + index] = (values[index] as number) * scale + min;
}
