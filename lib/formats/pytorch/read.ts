import { describe } from '../../errors';
import type { Pieces } from '../../event-loop';
import { type NetworkSpec, tensorsOf } from '../../options';
import { maxCount } from '../../options/check';
import { type Elements, elementsOf, readElements } from '../npy/elements';
import { prefixLength, readHeaderLength, readingEntries, type Tensors } from '../safetensors-header';
import { badModel, checkingParameters, floats, type ModelState } from '../state';
import { defaultOf, match, modulesOf, type StateTensor } from './match';
import { torchModules, transposeInto } from './modules';

/** Element types, as NumPy calls those that it has. */
const types: Readonly<Record<string, (name: string) => Elements>> = {
  F64: (name) => elementsOf('<f8', name),
  F32: (name) => elementsOf('<f4', name),
  F16: (name) => elementsOf('<f2', name),
  BF16: () => ({ size: 2, Data: Float32Array, littleEndian: true, read: bfloat16 }),
};

const word = new DataView(new ArrayBuffer(4));

/** The upper half of a float32. */
function bfloat16(view: DataView, offset: number): number {
  word.setUint32(0, view.getUint16(offset, true) << 16);
  return word.getFloat32(0);
}

/** The network of a state dict in a whole safetensors file; `name` is what the file is called in errors. */
export function* readingStateDict(
  bytes: Uint8Array,
  spec: NetworkSpec,
  names: Readonly<Record<string, string>>,
  name: string,
): Pieces<ModelState> {
  const wanted = torchModules(spec);
  const start = prefixLength + readHeaderLength(bytes.subarray(0, prefixLength), bytes.length, name);
  const entries = yield* readingEntries(bytes.subarray(prefixLength, start), bytes.length - start, name);
  const found = match(wanted, modulesOf(checkedTensors(entries, name)), names, name);
  const length = Array.from(tensorsOf(spec)).reduce((sum, tensor) => sum + tensor.length, 0);
  const parameters = floats(spec.precision, length, 'shared');
  for (const [module, own] of found) {
    for (const tensor of module.tensors) {
      const there = own.get(tensor.key);
      const count = tensor.shape.reduce((product, size) => product * size, 1);
      if (there === undefined) {
        parameters.fill(defaultOf(tensor) as number, tensor.offset, tensor.offset + count);
        continue;
      }
      const values = yield* readElements(elements(there, count, name), bytes.subarray(start + there.begin, start + there.end), count, name);
      const [rows = 0, columns = 0] = tensor.shape;
      if (tensor.transposed) transposeInto(values, rows, columns, parameters, tensor.offset);
      else parameters.set(values, tensor.offset);
      yield;
    }
  }
  yield* checkingParameters(parameters, spec, name);
  return { spec, metadata: {}, parameters };
}

/** The element type, if the tensor has as many bytes as its shape says. */
function elements({ dtype, begin, end }: StateTensor, count: number, name: string): Elements {
  const type = typeof dtype === 'string' && Object.hasOwn(types, dtype) ? types[dtype] : undefined;
  if (type === undefined) throw badModel(name, `has a tensor of ${describe(dtype)}: F64, F32, F16 and BF16 are read`);
  const found = type(name);
  if (end - begin !== count * found.size) {
    throw badModel(name, `is damaged: a tensor of ${count} elements of ${dtype} has ${end - begin} bytes`);
  }
  return found;
}

function* checkedTensors(entries: Tensors, name: string): Generator<[string, StateTensor]> {
  for (const [key, { dtype, shape, data_offsets }] of entries) {
    const valid =
      Array.isArray(shape) && shape.length <= 8 && shape.every((size) => Number.isSafeInteger(size) && size >= 0 && size <= maxCount);
    if (!valid) throw badModel(name, `is damaged: ${describe(key)} has no valid shape`);
    yield [key, { dtype, shape, begin: data_offsets[0], end: data_offsets[1] }];
  }
}
