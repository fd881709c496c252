import { type Check, number } from '../check';
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
