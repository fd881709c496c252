import type { Pieces } from '../../../event-loop';
import type { FloatArray } from '../../../native';
import { deepestLayer, dense, type InputOptions } from '../../../options';
import { denseOf, type ReadLayer } from './dense';
import { type Expression, filled, type InputPart, type Layered } from './expressions';
import { type Merged, type MergedAffine, merged } from './merged';
import { NotLayered } from './not-layered';

/** The first layer's input: what `x` is. */
export interface ReadInputs {
  options: { inputSize: number } | { inputs: InputOptions[] };
  tensors: Readonly<Record<string, FloatArray>>;
}

/** The widest output that is made linear by a dense layer of its own. */
const widestIdentity = 4096;

/** The layers of an output, and what they begin with. */
export function* readingLayers(output: Layered): Pieces<{ start: Layered; layers: ReadLayer[] }> {
  const { start, layers } = yield* chain(output, undefined, 0);
  const last = layers.at(-1);
  if (last?.layer.type !== 'dense') layers.push(...identity(output, layers));
  return { start, layers };
}

/** The last layer must be dense: one that changes nothing, and takes over an activation before it. */
function identity({ columns }: Layered, layers: ReadLayer[]): ReadLayer[] {
  if (columns > widestIdentity)
    throw new NotLayered(`an output of more than ${widestIdentity} columns must be that of a product with weights`);
  const before = layers.at(-1)?.layer;
  const activation = before?.type === 'activation' ? before.activation : 'linear';
  if (before?.type === 'activation') layers.pop();
  const weights = new Float64Array(columns * columns);
  for (let i = 0; i < columns; i++) weights[i * columns + i] = 1;
  return [{ layer: dense(columns, activation), tensors: { weights, bias: new Float64Array(columns) } }];
}

/** The layers from `from` back to `to`, or to the inputs. */
function* chain(from: Layered, to: Layered | undefined, depth: number): Pieces<{ start: Layered; layers: ReadLayer[] }> {
  const layers: ReadLayer[] = [];
  let at = from;
  while (at !== to && !isInput(at)) {
    if (at.op === 'sum') {
      const { skip, inside } = yield* residualOf(at.of, depth);
      layers.push({ layer: { type: 'residual', layers: inside.map(({ layer }) => layer) }, tensors: {}, inside });
      at = skip;
    } else {
      const { read, next } = yield* layerOf(merged(at, to), to);
      layers.push(read);
      at = next;
    }
    yield;
  }
  if (to !== undefined && at !== to) throw new NotLayered('two branches are added of which neither is made of the other');
  return { start: at, layers: layers.reverse() };
}

/** The input of a residual block and its layers, from the two parts of a sum. */
function* residualOf([first, second]: readonly [Layered, Layered], depth: number): Pieces<{ skip: Layered; inside: ReadLayer[] }> {
  if (depth >= deepestLayer) throw new NotLayered(`residual blocks are at most ${deepestLayer} deep in others`);
  const [skip, branch] = isBehind(second, first) ? [first, second] : [second, first];
  const { layers } = yield* chain(branch, skip, depth + 1);
  if (layers.length === 0) throw new NotLayered('a value is added to itself');
  return { skip, inside: layers };
}

/** Whether a value is made of another by layers one behind the other. */
function isBehind(value: Layered, other: Layered): boolean {
  let at: Layered = value;
  while (at !== other && !isStart(at)) at = at.op === 'sum' ? at.of[0] : at.of;
  return at === other;
}

type Start = InputPart | Extract<Layered, { op: 'joined' | 'separated' }>;

/** Whether no layers are before it. */
const isStart = (at: Layered): at is Start => isInput(at) || at.op === 'separated';

const isInput = ({ op }: Layered): boolean => op === 'input' || op === 'joined' || op === 'category' || op === 'periodic';

/** The last layer of what a value is, and the value that is its input. */
function* layerOf(at: Merged, to: Layered | undefined): Pieces<{ read: ReadLayer; next: Layered }> {
  switch (at.op) {
    case 'activated': {
      const of = at.of === to ? at.of : merged(at.of, to);
      if (at.of !== to && (of.op === 'affine' || of.op === 'memberAffine'))
        return { read: yield* denseOf(of as MergedAffine, at.activation), next: of.of };
      return { read: { layer: { type: 'activation', activation: at.activation }, tensors: {} }, next: at.of };
    }
    case 'affine':
    case 'memberAffine':
      return { read: yield* denseOf(at, 'linear'), next: at.of };
    case 'members':
      return { read: { layer: { type: 'members', count: at.count }, tensors: { inputScale: at.factors } }, next: at.of };
    case 'memberScaled':
      throw new NotLayered('factors of members are only read beside a product with weights');
    case 'layerNormalized': {
      const { epsilon, scale, bias, of } = at;
      return { read: { layer: { type: 'layerNorm', epsilon }, tensors: { scale, bias } }, next: of };
    }
    case 'batchNormalized': {
      const { epsilon, scale, bias, mean, variance, of } = at;
      return {
        read: { layer: { type: 'batchNorm', epsilon }, tensors: { scale, bias, runningMean: mean, runningVariance: variance } },
        next: of,
      };
    }
    case 'scaled':
      return { read: scaledLayer(at, to === undefined), next: at.of };
    default:
      throw new NotLayered('its layers end in the middle of a block');
  }
}

/** Factors and summands of columns: those of `x` as `normalize`, where a deviation of 0 makes 0, factors alone as `scale`, others as a batch normalization that is not trained. */
function scaledLayer({ of, columns, factors, summands }: Extract<Layered, { op: 'scaled' }>, isOutside: boolean): ReadLayer {
  if (isOutside && of.op === 'input' && factors.every((factor, i) => factor !== 0 || summands[i] === 0)) {
    const mean = factors.map((factor, i) => (factor === 0 ? 0 : -(summands[i] as number) / factor));
    return {
      layer: { type: 'normalize' },
      tensors: { mean, deviation: factors.map((factor) => (factor === 0 ? 0 : 1 / factor)), count: Float64Array.of(1) },
    };
  }
  if (summands.every((summand) => summand === 0)) return { layer: { type: 'scale' }, tensors: { scale: factors } };
  const epsilon = 1e-5;
  const tensors = { scale: factors, bias: summands, runningMean: new Float64Array(columns), runningVariance: filled(columns, 1 - epsilon) };
  return { layer: { type: 'batchNorm', epsilon, trainable: false }, tensors };
}

/** The inputs at the beginning of the layers, of `inputSize` columns in all. */
export function inputsAt(start: Expression, inputSize: number): ReadInputs {
  const parts = start.op === 'joined' ? start.parts : [start];
  const inputs: InputOptions[] = [];
  const tensors: Record<string, FloatArray> = {};
  let first = 0;
  for (const part of parts) {
    const of = isPart(part) ? columnsOf(part) : undefined;
    if (of?.first !== first) throw new NotLayered(`the first layer must take all ${inputSize} columns of the input in their order`);
    const { options, tensors: own = {} } = inputOf(part as InputPart);
    for (const [name, values] of Object.entries(own)) tensors[`inputs.${inputs.length}.${name}`] = values;
    inputs.push(options);
    first += of.columns;
  }
  if (first !== inputSize) throw new NotLayered(`the first layer takes ${first} of the input's ${inputSize} columns`);
  const isPlain = inputs.every(({ type }) => type === 'numeric');
  return { options: isPlain ? { inputSize } : { inputs }, tensors };
}

const isPart = (part: Expression): part is InputPart => part.op === 'input' || part.op === 'category' || part.op === 'periodic';

/** The columns of `x` that a part takes. */
function columnsOf(part: InputPart): { first: number; columns: number } {
  if (part.op === 'periodic') return part.of;
  return { first: part.first, columns: part.op === 'input' ? part.columns : 1 };
}

function inputOf(part: InputPart): { options: InputOptions; tensors?: Readonly<Record<string, FloatArray>> } {
  switch (part.op) {
    case 'input':
      return { options: { type: 'numeric', columns: part.columns } };
    case 'category': {
      const { categories, table, columns } = part;
      if (table === undefined) return { options: { type: 'categorical', categories } };
      return { options: { type: 'categorical', categories, width: columns }, tensors: { embedding: table } };
    }
    case 'periodic': {
      const { columns } = part.of;
      const [frequencies, width] = [part.tensors.frequencies.length / columns, part.columns / columns];
      // The standard deviation that the frequencies began with is not in the file.
      return { options: { type: 'periodic', columns, frequencies, width, sigma: 1 }, tensors: part.tensors };
    }
  }
}

/** The tensors of layers by their names in the network. */
export function* namedTensors(layers: readonly ReadLayer[], prefix = 'layers'): Generator<[name: string, values: FloatArray]> {
  for (const [index, { tensors, inside = [] }] of layers.entries()) {
    const own = `${prefix}.${index}`;
    for (const [name, values] of Object.entries(tensors)) yield [`${own}.${name}`, values];
    yield* namedTensors(inside, `${own}.layers`);
  }
}
