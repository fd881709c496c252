import { askingFor } from '../../errors';
import { atOnce } from '../../event-loop';
import type { FloatArray } from '../../native';
import { type AnyLayer, inputsOf, isEncoded, LayerPlace, layersOf, type NetworkSpec, type Shape, tensorName } from '../../options';
import { checkDigests } from '../digest';
import { asBytes } from '../safetensors';
import { type TensorPlan, writingHeader } from '../safetensors-header';
import { type ModelState, refusingNotFinite } from '../state';
import { nothingLike, torchModules, transposeInto } from './modules';

/** A network for PyTorch. */
export interface TorchModel {
  /** A state dict in a safetensors file. */
  stateDict: Uint8Array;
  /** A Python module: its function `load(file)` returns the `torch.nn.Module`, with the state dict of that file. */
  module: string;
}

export function toPyTorch({ spec, parameters }: Pick<ModelState, 'spec' | 'parameters'>): TorchModel {
  checkDigests(); // a browser has none, and lacks the Buffer that headers are written with
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
  const first = [...layersOf(spec)][0] as LayerPlace;
  const parts = isEncoded(spec) ? [encoder(spec, names)] : [];
  return { lines: [...parts, ...sequence(spec.layers, [], first.input, '', parts.length, names)], names };
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
    const [first, ...others] = place.row.pytorch?.modules(layer, input) ?? refuse(place);
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

function refuse({ name, spec }: LayerPlace): never {
  throw nothingLike(name, spec.type);
}

/** `Inputs([(5, nn.Identity()), (1, nn.Embedding(12, 4))])`. */
function encoder(spec: NetworkSpec, names: Map<string, string>): string {
  const parts: string[] = [];
  for (const { name, index, spec: input, row } of inputsOf(spec)) {
    const found = row.pytorch?.(input);
    if (found === undefined) throw nothingLike(name, input.type);
    if (found.tensor === undefined) {
      parts.push(`(${input.columns}, ${found.module})`);
      continue;
    }
    for (let column = 0; column < input.columns; column++) {
      names.set(input.columns === 1 ? `inputs.${index}` : `inputs.${index}.${column}`, `0.parts.${parts.length}`);
      parts.push(`(1, ${found.module})`);
    }
  }
  return `Inputs([${parts.join(', ')}])`;
}

const residual = `
class Residual(nn.Module):
    def __init__(self, *layers):
        super().__init__()
        self.block = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.block(x)
`;

const inputs = `
class Inputs(nn.Module):
    def __init__(self, parts):
        super().__init__()
        self.columns = [columns for columns, _ in parts]
        self.parts = nn.ModuleList([part for _, part in parts])

    def forward(self, x):
        split = zip(self.parts, x.split(self.columns, dim=1))
        return torch.cat([part(x[:, 0].long()) if isinstance(part, nn.Embedding) else part(x) for part, x in split], dim=1)
`;

function moduleText({ precision }: NetworkSpec, lines: readonly string[]): string {
  const text = lines.join('\n');
  return `# A network of Chainrule for PyTorch: load('model.safetensors') returns it.
${text.includes('Inputs(') ? 'import torch\n' : ''}from safetensors.torch import load_file
from torch import nn
${text.includes('Inputs(') ? `\n${inputs}` : ''}${text.includes('Residual(') ? `\n${residual}` : ''}

def load(file):
    model = nn.Sequential(
${lines.map((line) => `        ${line},`).join('\n')}
    )${precision === 'f64' ? '.double()' : ''}
    model.load_state_dict(load_file(file))
    return model.eval()
`;
}
