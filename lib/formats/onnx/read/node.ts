import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../schema';
import { NotLayered } from './not-layered';
import { type Constant, type Flow, shapeOf, type Value } from './values';

/** A node with its inputs. Whatever is asked for and not there is an error. */
export class Node {
  readonly operator: string;
  readonly #name: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: number;
  readonly #attributes: ReadonlyMap<string, OnnxAttribute>;

  constructor({ operator = '', name = '', attributes = [], outputs = [] }: OnnxNode, inputs: readonly (Value | undefined)[]) {
    this.operator = operator;
    this.#name = name || outputs[0] || '';
    this.inputs = inputs;
    this.outputs = outputs.length;
    this.#attributes = new Map(attributes.map((attribute) => [attribute.name ?? '', attribute]));
  }

  /** Whether the node computes with vectors, which have no axis for rows. */
  get isVector(): boolean {
    return this.inputs.some((value) => value?.kind === 'flow' && value.isVector === true);
  }

  /** How many values are stacked in one: those of the first input that has such an axis. */
  get stacked(): number | undefined {
    return this.inputs.find((value): value is Flow => value?.kind === 'flow' && value.stacked !== undefined)?.stacked;
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.int ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.float ?? otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const ints = this.#attributes.get(name)?.ints;
    return ints && Array.from(ints);
  }

  floats(name: string): readonly number[] | undefined {
    const floats = this.#attributes.get(name)?.floats;
    return floats && Array.from(floats);
  }

  text(name: string, otherwise = ''): string {
    const text = this.#attributes.get(name)?.text;
    return text === undefined ? otherwise : new TextDecoder().decode(text);
  }

  texts(name: string): readonly string[] | undefined {
    return this.#attributes.get(name)?.texts;
  }

  tensor(name: string): OnnxTensor | undefined {
    return this.#attributes.get(name)?.tensor;
  }

  /** An input that is there. */
  value(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw new NotLayered(`its input ${index} is missing`);
    return value;
  }

  flow(index: number): Flow {
    const value = this.value(index);
    if (value.kind === 'labels')
      throw new NotLayered(`its input ${index} is the class of each row, which is only read as an output: no layer is a step`);
    if (value.kind !== 'flow') throw new NotLayered(`its input ${index} must depend on the rows`);
    return value;
  }

  constant(index: number): Constant {
    const value = this.value(index);
    if (value.kind !== 'constant') throw new NotLayered(`its input ${index} must be constant`);
    return value;
  }

  /** Whole numbers that are an input or, in older versions, an attribute; undefined if they are neither. */
  integers(index: number, attribute: string): readonly number[] | undefined {
    if (this.inputs[index] !== undefined) return Array.from(this.constant(index).data);
    return this.ints(attribute);
  }

  /** The node in messages, without its inputs. */
  get title(): string {
    return `the node ${JSON.stringify(this.#name.slice(0, 80))} (${this.operator.slice(0, 60)})`;
  }

  /** The node in messages, with the shapes of its inputs. */
  get description(): string {
    const shapes = this.inputs.map((value) => (value === undefined ? 'none' : shapeOf(value)));
    return `${this.title} of inputs of the shapes ${shapes.join(', ')}`;
  }
}
