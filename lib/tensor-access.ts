import type { Handle } from './handle';
import { type Precision, propertyOf, type TensorPlace, type TrainedSpec } from './options';
import { boolean } from './options/check';
import { readParameter, type Tensor, toParameter } from './parameters';

/** The parts of a network that its layers and inputs need. */
export interface TensorAccess {
  handle: Handle;
  precision: Precision;
  /** Throws: the parameters may not be changed now. */
  refuse(what: string): never;
}

export function readTensor({ handle, precision }: TensorAccess, tensor: TensorPlace): Tensor {
  return readParameter(handle.network, tensor, precision);
}

export function writeTensor({ handle, precision, refuse }: TensorAccess, tensor: TensorPlace, values: unknown): void {
  const name = propertyOf(tensor);
  const data = toParameter(values, name, tensor, precision);
  if (!handle.network.writeParameter(tensor.index, data)) refuse(`set ${name}`);
}

/** Freezes the tensors of a layer or an input, or no longer. One that has nothing to train is never frozen. */
export function setTrainable(
  { handle, refuse }: TensorAccess,
  { name, spec }: { name: string; spec: TrainedSpec },
  tensors: readonly TensorPlace[],
  value: unknown,
): void {
  const trainable = boolean(value, `${name}.trainable`);
  if (handle.isTraining) refuse(`set ${name}.trainable`);
  if (trainable) delete spec.trainable;
  else if (tensors.some(({ trained }) => trained)) spec.trainable = false;
}

/** An object with a property for each tensor, which reads and writes it. */
export function tensorProperties(access: TensorAccess, tensors: readonly TensorPlace[]): object {
  const accessors = tensors.map((tensor): [string, PropertyDescriptor] => [
    tensor.key,
    { enumerable: true, get: () => readTensor(access, tensor), set: (values: unknown) => writeTensor(access, tensor, values) },
  ]);
  return Object.freeze(Object.defineProperties({}, Object.fromEntries(accessors)));
}
