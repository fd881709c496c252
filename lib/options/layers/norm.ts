import { type Check, isArray, number } from '../check';
import type { Shape, TensorRow } from './row';

/* The part that normalisations of rows and of columns share. */

/** The number that is added to a variance. The least one has a finite inverse root in single precision (`kMinNormEpsilon` in native/nn/layers). */
export const checkEpsilon: Check<number> = number({ min: 1e-12, max: 1 });

/** PyTorch's. */
export const defaultEpsilon: number = 1e-5;

/** Their trained tensors. */
export type NormTensor = 'scale' | 'bias';

/** The factors of the normalised columns, and the numbers that are added to the products. */
export const scaleAndBias = ({ columns }: Shape): TensorRow[] => [
  { name: 'scale', shape: [columns] },
  { name: 'bias', shape: [columns] },
];

/** Whether an `axis` of Keras is that of the columns: a number, or an array of one. */
export function isOfColumns(axis: unknown): boolean {
  const [only, ...others] = isArray(axis) ? axis : [axis];
  return others.length === 0 && (only === -1 || only === 1);
}
