import { askingFor } from '../../errors';
import { atOnce } from '../../event-loop';
import type { FloatArray } from '../../native';
import { type AnyLayer, inputsOf, isEncoded, LayerPlace, layersOf, type NetworkSpec, type Shape, tensorName } from '../../options';
import { asBytes } from '../safetensors';
import { type TensorPlan, writingHeader } from '../safetensors-header';
import { type ModelState, refusingNotFinite } from '../state';
import { classesIn } from './classes';
import { torchModules, transposeInto } from './modules';

/** A network for PyTorch. */
export interface TorchModel {
  /** A state dict in a safetensors file. */
  stateDict: Uint8Array;
  /** A Python module: its function `load(file)` returns the `torch.nn.Module`, with the state dict of that file. */
  module: string;
}

export function toPyTorch({ spec, parameters }: Pick<ModelState, 'spec' | 'parameters'>): TorchModel {
  atOnce(refusingNotFinite({ spec, parameters }));
  const modules = torchModules(spec);
  const { lines, names } = sequenceOf(spec);
  const dtype = spec.precision === 'f64' ? 'F64' : 'F32';
  const plans: TensorPlan[] = [];
  let end = 0;
  for (const { name, tensors } of modules) {
    for (const { key, shape } of tensors) {
      const length = shape.reduce((product, size) => product * size, 1);
      const begin = end;
      end += length * parameters.BYTES_PER_ELEMENT;
      plans.push({ name: `${names.get(name)}.${key}`, dtype, shape: [...shape], length, begin, end });
    }
  }
  const header = atOnce(writingHeader({ format: 'pt' }, plans));
  const file = askingFor(header.length + end, () => new Uint8Array(header.length + end));
  file.set(header);
  const data = valuesOf(modules, parameters);
  file.set(asBytes(data), header.length);
  return { stateDict: file, module: moduleText(spec, lines) };
}

/** The elements of all tensors in PyTorch's order. */
function valuesOf(modules: ReturnType<typeof torchModules>, parameters: FloatArray): FloatArray {
  const values = parameters.slice();
  let at = 0;
  for (const { shape, transposed, offset } of modules.flatMap(({ tensors }) => tensors)) {
    const length = shape.reduce((product, size) => product * size, 1);
    const own = parameters.subarray(offset, offset + length);
    if (transposed) transposeInto(own, shape[1] as number, shape[0] as number, values, at);
    else values.set(own, at);
    at += length;
  }
  return values;
}

/** The modules of a sequence in Python, and the names in the state dict of those that have tensors. */
function sequenceOf(spec: NetworkSpec): { lines: string[]; names: Map<string, string> } {
  const names = new Map<string, string>();
  const places = Array.from(layersOf(spec));
  const parts = isEncoded(spec) ? [encoder(spec, names)] : [];
  const lines = [...parts, ...sequence(spec.layers, [], (places[0] as LayerPlace).input, '', parts.length, names)];
  return { lines: places.at(-1)?.output.ensemble ? [...lines, 'MemberMean()'] : lines, names };
}

function sequence(
  layers: readonly AnyLayer[],
  path: number[],
  from: Shape,
  prefix: string,
  start: number,
  names: Map<string, string>,
): string[] {
  const lines: string[] = [];
  let input = from;
  for (const [index, layer] of layers.entries()) {
    const place = new LayerPlace([...path, index], layer, input);
    const [first, ...others] = place.row.pytorch.modules(layer, input);
    const own = `${prefix}${start + lines.length}`;
    names.set(tensorName(place.path, '').slice(0, -1), own);
    const inner = place.row.layers?.(layer);
    if (first !== undefined)
      lines.push(
        inner === undefined
          ? first
          : first.replace('{}', sequence(inner, place.path as number[], input, `${own}.block.`, 0, names).join(', ')),
      );
    lines.push(...others);
    input = place.output;
  }
  return lines;
}

/** `Inputs([(5, nn.Identity()), (1, nn.Embedding(12, 4))])`. */
function encoder(spec: NetworkSpec, names: Map<string, string>): string {
  const parts: string[] = [];
  for (const { index, spec: input, row } of inputsOf(spec)) {
    const { module, eachColumn = false } = row.pytorch(input);
    const modules = eachColumn ? input.columns : 1;
    for (let part = 0; part < modules; part++) {
      names.set(modules === 1 ? `inputs.${index}` : `inputs.${index}.${part}`, `0.parts.${parts.length}`);
      parts.push(`(${input.columns / modules}, ${module})`);
    }
  }
  return `Inputs([${parts.join(', ')}])`;
}

function moduleText({ precision }: NetworkSpec, lines: readonly string[]): string {
  const classes = classesIn(lines.join('\n'));
  return `# A network of Chainrule for PyTorch: load('model.safetensors') returns it.
${classes.some((source) => source.includes('torch.')) ? 'import torch\n' : ''}from safetensors.torch import load_file
from torch import nn
${classes.map((source) => `\n${source}`).join('')}

def load(file):
    model = nn.Sequential(
${lines.map((line) => `        ${line},`).join('\n')}
    )${precision === 'f64' ? '.double()' : ''}
    model.load_state_dict(load_file(file))
    return model.eval()
`;
}
