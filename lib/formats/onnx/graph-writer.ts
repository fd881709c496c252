import { attributeTypes, elementTypes, type OnnxAttribute, type OnnxGraph, type OnnxNode, type OnnxTensor, type OnnxValue } from './schema';

type Attribute = Omit<OnnxAttribute, 'name'>;

/** Writes a tensor of a layer or an input, and returns its name. `dims` are its own by default; `zeros` stands in place of each 0. */
export type WriteTensor = (name: string, how?: { dims?: readonly number[]; zeros?: number }) => string;

export const int = (value: number): Attribute => ({ int: value, type: attributeTypes.int });
export const ints = (values: number[]): Attribute => ({ ints: values, type: attributeTypes.ints });
export const float = (value: number): Attribute => ({ float: value, type: attributeTypes.float });
export const floats = (values: number[]): Attribute => ({ floats: values, type: attributeTypes.floats });
export const texts = (values: readonly string[]): Attribute => ({ texts: [...values], type: attributeTypes.texts });

/** An input or output of a graph, of any number of rows. */
export function described(name: string, type: number, columns: readonly number[]): OnnxValue {
  return { name, type: { tensor: { type, shape: { dims: [{ name: 'rows' }, ...columns.map((size) => ({ size }))] } } } };
}

/** The operators of classical machine learning, beside ONNX's own. */
export const mlDomain = 'ai.onnx.ml';
const mlOperators: ReadonlySet<string> = new Set(['LabelEncoder']);

/** A graph while it is written. Values go by their names. */
export class GraphWriter {
  readonly opset: number;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers = new Map<string, OnnxTensor>();
  readonly #names: Set<string>;
  /** The part of the network that new nodes belong to: what their names begin with. */
  part = '';

  /** `taken` are names that inner values must not have. */
  constructor(opset: number, taken: Iterable<string>) {
    this.opset = opset;
    this.#names = new Set(taken);
  }

  /** Adds a node of one output, and returns its name. */
  node(operator: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}, output?: string): string {
    return this.split(operator, inputs, 1, attributes, output === undefined ? undefined : [output])[0] as string;
  }

  /** Adds a node of several outputs. */
  split(
    operator: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    given?: readonly string[],
  ): string[] {
    const name = this.#fresh(`${this.part}${operator}`);
    const outputs = given ?? (count === 1 ? [name] : Array.from({ length: count }, (_, index) => this.#fresh(`${name}.${index}`)));
    const node: OnnxNode = { inputs: [...inputs], outputs: [...outputs], name, operator };
    const entries = Object.entries(attributes);
    if (mlOperators.has(operator)) node.domain = mlDomain;
    if (entries.length > 0) node.attributes = entries.map(([key, attribute]) => ({ name: key, ...attribute }));
    this.#nodes.push(node);
    return [...outputs];
  }

  /** The last node's only output. */
  get last(): string {
    return (this.#nodes.at(-1) as OnnxNode).outputs?.[0] as string;
  }

  /** The last node's only output gets another name. */
  renameLast(name: string): void {
    (this.#nodes.at(-1) as OnnxNode).outputs = [name];
  }

  /** A tensor of numbers in single precision. */
  tensor(name: string, dims: readonly number[], values: Float32Array): string {
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#initializer(name, { dims: [...dims], type: elementTypes.float, raw });
  }

  /** A tensor of numbers in double precision. */
  doubles(name: string, dims: readonly number[], values: readonly number[]): string {
    const raw = new Uint8Array(Float64Array.from(values).buffer);
    return this.#initializer(name, { dims: [...dims], type: elementTypes.double, raw });
  }

  /** One number in double precision. */
  double(value: number): string {
    return this.doubles(`doubles.${value}`, [], [value]);
  }

  /** The same few numbers have one tensor, wherever they are needed. */
  numbers(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.tensor(`constants.${[...dims, ''].join('x')}${values.join('_')}`, dims, Float32Array.from(values));
  }

  /** One number, which goes with values of any shape. */
  number(value: number): string {
    return this.numbers([value], []);
  }

  /** Whole numbers: sizes, axes and indices. */
  integers(values: readonly number[], name?: string): string {
    const raw = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#initializer(name ?? `integers.${values.join('_')}`, { dims: [values.length], type: elementTypes.int64, raw });
  }

  /** Truth values, one for each column. */
  truths(name: string, values: readonly boolean[]): string {
    return this.#initializer(name, { dims: [values.length], type: elementTypes.bool, raw: Uint8Array.from(values, Number) });
  }

  texts(name: string, values: readonly string[]): string {
    return this.#initializer(name, { dims: [values.length], type: elementTypes.text, texts: [...values] });
  }

  graph(name: string, inputs: OnnxValue[], outputs: OnnxValue[]): OnnxGraph {
    return { nodes: this.#nodes, name, initializers: [...this.#initializers.values()], inputs, outputs };
  }

  #initializer(wanted: string, tensor: OnnxTensor): string {
    const found = this.#initializers.get(wanted);
    if (found !== undefined) return found.name as string;
    const name = this.#fresh(wanted);
    this.#initializers.set(wanted, { ...tensor, name });
    return name;
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#names.has(name); count++) name = `${wanted}.${count}`;
    this.#names.add(name);
    return name;
  }
}
