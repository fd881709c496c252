import type { Layer, MatrixLike, NeuralNetwork, TargetsLike } from '../../index';
import type { Histogram, LayerFigures } from '../page/data';

/** Rows of the training data that gradients and dead units are measured on. */
export interface Probe {
  x: MatrixLike;
  y: TargetsLike;
}

type Values = ArrayLike<number>;

const bins = 40;
/** Activations that are exactly 0 for a range of inputs: a unit that is 0 for all rows learns nothing. */
const canDie = ['relu'];

/** Each layer's weights at one moment, by its index. */
export type WeightsByLayer = Map<number, Values[]>;

export function weightsOf(nn: NeuralNetwork): WeightsByLayer {
  const all: WeightsByLayer = new Map();
  for (const [index, layer] of nn.layers.entries()) {
    const values = tensors(layer.parameters);
    if (values.length > 0) all.set(index, values);
  }
  return all;
}

/** Pictures of all layers that have weights. `before` are the weights of the epoch before. */
export function layerFigures(
  nn: NeuralNetwork,
  { values: now, before, probe }: { values: WeightsByLayer; before?: WeightsByLayer | undefined; probe?: Probe | undefined },
): LayerFigures[] {
  const gradients = probe && gradientsOf(nn, probe);
  const dead = probe && deadUnits(nn, probe.x);
  return Array.from(now, ([index, values]) => {
    const layer = nn.layers[index] as Layer;
    const older = before?.get(index);
    const gradient = gradients?.get(index);
    const died = dead?.get(index);
    return {
      name: nameOf(layer),
      parameters: layer.parameterCount,
      weights: histogram(values),
      ...(gradient && { gradients: histogram(gradient) }),
      ...(older && { update: difference(values, older) / (norm(values) || 1) }),
      ...(died !== undefined && { dead: { count: died, units: layer.units } }),
    };
  });
}

/** A layer in a few words, as people write networks down. */
export function nameOf({ type, units, activation }: Layer): string {
  return [type, String(units), activation === 'linear' ? undefined : activation].filter((word) => word !== undefined).join(' ');
}

export function histogram(lists: readonly Values[]): Histogram {
  let [low, high, sum, squares, count, notFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0, 0, 0];
  for (const values of lists) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) {
        notFinite++;
        continue;
      }
      low = Math.min(low, value);
      high = Math.max(high, value);
      sum += value;
      squares += value * value;
      count++;
    }
  }
  const counts: number[] = Array(bins).fill(0);
  if (count === 0) return { low: 0, high: 0, counts, mean: 0, deviation: 0, notFinite };
  const width = (high - low) / bins || 1;
  for (const values of lists) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i] as number;
      if (!Number.isFinite(value)) continue;
      const bin = Math.min(bins - 1, Math.floor((value - low) / width));
      counts[bin] = (counts[bin] as number) + 1;
    }
  }
  const mean = sum / count;
  return { low, high, counts, mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)), notFinite };
}

/** The matrices alone where a layer has some, as everybody draws them: biases start at 0 and would be a spike of their own. */
function tensors(parameters: Readonly<Record<string, { data: Values }>>): Values[] {
  const all = Object.entries(parameters);
  const weights = all.filter(([name]) => /(^|\.)weights$/.test(name));
  return (weights.length > 0 ? weights : all).map(([, { data }]) => data);
}

function gradientsOf(nn: NeuralNetwork, { x, y }: Probe): Map<number, Values[]> {
  return new Map(
    nn.backward(x, y).gradients.flatMap(({ layer, parameters }) => (layer === undefined ? [] : [[layer, tensors(parameters)] as const])),
  );
}

function deadUnits(nn: NeuralNetwork, x: MatrixLike): Map<number, number> {
  const found = new Map<number, number>();
  if (!nn.layers.some(({ activation }) => canDie.includes(activation as string))) return found;
  for (const { layer, output } of nn.forward(x, { layers: true }).layers) {
    const { activation, units } = nn.layers[layer] as Layer;
    if (!canDie.includes(activation as string)) continue;
    const alive = new Set<number>();
    for (let i = 0; i < output.data.length; i++) if (output.data[i] !== 0) alive.add(i % units);
    found.set(layer, units - alive.size);
  }
  return found;
}

function norm(lists: readonly Values[]): number {
  let sum = 0;
  for (const values of lists) for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}

function difference(lists: readonly Values[], others: readonly Values[]): number {
  let sum = 0;
  for (const [index, values] of lists.entries()) {
    const other = others[index] as Values;
    for (let i = 0; i < values.length; i++) sum += ((values[i] as number) - (other[i] as number)) ** 2;
  }
  return Math.sqrt(sum);
}
