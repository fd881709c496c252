import { badModel } from '../state';
import type { TorchModule } from './modules';

/* Which module of a state dict belongs to which layer: by a name that is given, or by its shapes and the order of the names. */

/** A tensor in a file. */
export interface StateTensor {
  dtype: unknown;
  shape: readonly number[];
  begin: number;
  end: number;
}

/** The tensors of each module of a state dict, by the names of both. */
export type StateDict = Map<string, Map<string, StateTensor>>;

/** Counts steps of training; nothing that a prediction reads. */
const counter = 'num_batches_tracked';

/** The modules of a state dict from the names of its tensors. */
export function modulesOf(tensors: Iterable<[name: string, tensor: StateTensor]>): StateDict {
  const modules: StateDict = new Map();
  for (const [name, tensor] of tensors) {
    const dot = name.lastIndexOf('.');
    const [module, key] = [name.slice(0, Math.max(dot, 0)), name.slice(dot + 1)];
    if (key === counter) continue;
    modules.set(module, (modules.get(module) ?? new Map<string, StateTensor>()).set(key, tensor));
  }
  return modules;
}

/** The value of a tensor that a module may do without: a bias, the factors of a normalisation, or the number of rows that it was measured on. */
export function defaultOf({ key, shape }: { key: string; shape: readonly number[] }): number | undefined {
  if (key === 'bias') return 0;
  if (key === 'count') return 1;
  return key === 'weight' && shape.length === 1 ? 1 : undefined;
}

/** The state dict's module for each of the network's; `names` are those that are given. */
export function match(
  wanted: readonly TorchModule[],
  state: StateDict,
  names: Readonly<Record<string, string>>,
  name: string,
): ReadonlyMap<TorchModule, ReadonlyMap<string, StateTensor>> {
  const found = new Map<TorchModule, ReadonlyMap<string, StateTensor>>();
  const left = new Map([...state].sort(naturally()));
  for (const module of wanted) {
    const given = Object.hasOwn(names, module.name) ? names[module.name] : undefined;
    if (given === undefined) continue;
    const own = left.get(given);
    if (own === undefined || !fits(module, own))
      throw badModel(
        name,
        `${own === undefined ? 'has no' : 'has another'} module ${JSON.stringify(given)}: ${needs(module)}; ${listed(left)}`,
      );
    found.set(module, own);
    left.delete(given);
  }
  for (const [, alike] of groupBy(
    wanted.filter((module) => !found.has(module)),
    signature,
  )) {
    const [first] = alike as [TorchModule];
    const candidates = [...left].filter(([, own]) => fits(first, own));
    if (candidates.length < alike.length)
      throw badModel(name, `has ${candidates.length} of the ${alike.length} modules like this: ${needs(first)}; ${listed(left)}`);
    if (candidates.length > alike.length) {
      const called = alike.map((module) => module.name).join(', ');
      throw badModel(
        name,
        `has ${candidates.length} modules that fit ${called}, ${candidates.map(([key]) => key).join(', ')}: say which with the option names`,
      );
    }
    for (const [index, [key, own]] of candidates.entries()) {
      found.set(alike[index] as TorchModule, own);
      left.delete(key);
    }
  }
  const named = wanted.every((module) => Object.hasOwn(names, module.name));
  if (left.size > 0 && !named)
    throw badModel(name, `has modules that the network does not: ${listed(left)}; to read a part, give the names of all modules`);
  return found;
}

/** `2` before `10`: numbers in names by their value. A collator takes milliseconds to make, too many for the start of every program. */
function naturally(): (a: [string, unknown], b: [string, unknown]) => number {
  const { compare } = new Intl.Collator('en', { numeric: true });
  return ([a], [b]) => compare(a, b);
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
const signature = ({ tensors }: TorchModule): string => tensors.map(({ key, shape }) => `${key} ${shapeText(shape)}`).join(', ');
const needs = (module: TorchModule): string => `${module.name} needs ${signature(module)}`;

function listed(left: StateDict): string {
  const texts = [...left].slice(0, 10).map(([module, own]) => {
    return `${module || '(no name)'} (${[...own]
      .slice(0, 6)
      .map(([key, { shape }]) => `${key} ${shapeText(shape)}`)
      .join(', ')})`;
  });
  if (texts.length === 0) return 'no others are there';
  return `there are ${texts.join(', ')}${left.size > 10 ? ` and ${left.size - 10} more` : ''}`;
}

function fits({ tensors }: TorchModule, own: ReadonlyMap<string, StateTensor>): boolean {
  const known = tensors.filter((tensor) => own.has(tensor.key));
  if (known.length !== own.size) return false;
  return tensors.every((tensor) => {
    const there = own.get(tensor.key);
    return there === undefined ? defaultOf(tensor) !== undefined : shapeText(there.shape) === shapeText(tensor.shape);
  });
}

function groupBy<T>(values: readonly T[], key: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(key(value), [...(groups.get(key(value)) ?? []), value]);
  return groups;
}
