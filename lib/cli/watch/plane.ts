import type { LayerOutput, NeuralNetwork } from '../../index';
import type { Plane, Surface, Unit, UnitColumn } from '../page/data';

/** The part of the plane to draw, and how its points become rows of the network. */
export interface PlaneOptions {
  names: [string, string];
  from: [number, number];
  to: [number, number];
  /** Of a network behind an encoder, which takes other rows than the two columns. Default: the network's own outputs. */
  predict?: (points: number[][]) => PlaneOutputs;
}

/** The outputs for each point, one after the other. */
export interface PlaneOutputs {
  data: ArrayLike<number>;
  outputs: number;
  /** Of several outputs, in order. */
  classes?: string[];
}

const size = 40;
const mostUnits = 8;
const mostColumns = 5;
/** Activations whose middle is a half. */
const half = ['sigmoid', 'softmax'];

/** The outputs of the network, and of each of its units, for each point. */
export function drawPlane(nn: NeuralNetwork, { names, from, to, predict }: PlaneOptions): Plane {
  const points = gridOf(from, to);
  const plane = { size, names, from, to };
  if (predict !== undefined) return { ...plane, surface: surfaceOf(predict(points)), columns: [] };
  const { data, shape, layers } = nn.forward(points, { layers: true });
  const isPlain = nn.layers.every(({ type }) => type === 'dense' || type === 'dropout');
  const limits = half.includes(nn.layers.at(-1)?.activation as string) ? ([0, 1] as const) : undefined;
  const classes = nn.classNames === undefined ? undefined : [...nn.classNames];
  return {
    ...plane,
    surface: surfaceOf({ data, outputs: shape[1], ...(classes && { classes }) }, limits),
    columns: isPlain ? columnsOf(nn, points, layers) : [],
  };
}

/** The points from top to bottom: the second input grows upwards. */
function gridOf(from: [number, number], to: [number, number]): number[][] {
  const at = (axis: 0 | 1, index: number): number => from[axis] + ((index + 0.5) / size) * (to[axis] - from[axis]);
  return Array.from({ length: size * size }, (_, point) => [at(0, point % size), at(1, size - 1 - Math.floor(point / size))]);
}

function surfaceOf({ data, outputs, classes }: PlaneOutputs, limits?: readonly [number, number]): Surface {
  if (outputs === 1 || classes === undefined) {
    const values = Float64Array.from({ length: size * size }, (_, point) => data[point * outputs] as number);
    return { kind: 'value', ...mapOf(values, limits) };
  }
  const best = new Uint8Array(size * size);
  const confidence = new Uint8Array(size * size);
  for (let point = 0; point < best.length; point++) {
    const value = (index: number): number => data[point * outputs + index] as number;
    for (let index = 1; index < outputs; index++) if (value(index) > value(best[point] as number)) best[point] = index;
    confidence[point] = Math.round(255 * Math.min(1, Math.max(0, value(best[point] as number))));
  }
  return { kind: 'classes', classes, map: base64(best), confidence: base64(confidence) };
}

function columnsOf(nn: NeuralNetwork, points: number[][], outputs: readonly LayerOutput[]): UnitColumn[] {
  const inputs: Unit[] = [0, 1].map((axis) => {
    const values = Float64Array.from(points, (point) => point[axis] as number);
    return { ...mapOf(values), bias: 0, weights: [] };
  });
  const last = nn.layers.length - 1;
  const columns: UnitColumn[] = [{ name: 'inputs', units: inputs, hidden: 0 }];
  for (const [index, layer] of nn.layers.entries()) {
    if (layer.type !== 'dense') continue;
    const before = columns.at(-1) as UnitColumn;
    const { data } = (outputs[index] as LayerOutput).output;
    const weights = layer.weights.data;
    const bias = layer.bias?.data;
    const shown = Math.min(mostUnits, layer.units);
    const units = Array.from({ length: shown }, (_, unit): Unit => {
      const values = Float64Array.from({ length: size * size }, (_, point) => data[point * layer.units + unit] as number);
      return {
        ...mapOf(values, half.includes(layer.activation as string) ? [0, 1] : 'symmetric'),
        bias: round(bias?.[unit] ?? 0),
        weights: before.units.map((_, input) => round(weights[input * layer.units + unit] as number)),
      };
    });
    columns.push({ name: index === last ? 'output' : String(layer.activation), units, hidden: layer.units - shown });
  }
  return columns.length > mostColumns + 1 ? [] : columns;
}

/** Values as bytes between two limits: given ones, the same on both sides of 0, or the least and the greatest. */
function mapOf(values: Float64Array, limits?: readonly [number, number] | 'symmetric'): { map: string; low: number; high: number } {
  const finite = values.filter(Number.isFinite);
  const least = finite.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const greatest = finite.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const widest = Math.max(Math.abs(least), Math.abs(greatest));
  const [low, high] = limits === 'symmetric' ? [-widest, widest] : (limits ?? [least, greatest]);
  const scale = 255 / (high - low || 1);
  const bytes = Uint8Array.from(values, (value) => Math.round(Math.min(255, Math.max(0, (value - low) * scale))) || 0);
  return { map: base64(bytes), low: round(low), high: round(high) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** Enough digits for a picture. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
