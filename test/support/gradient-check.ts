import { expect } from 'vitest';
import type { LayerGradient, MatrixLike, NeuralNetwork } from '../../lib';
import { namedTensors } from './named-tensors';
import type { RandomNumbers } from './random-numbers';

/*
 * Gradients against differences of the loss, in f64.
 *
 * A derivative is estimated by the fourth-order central difference with steps h and h / 2. Where the two agree, the loss is smooth there and
 * the gradient has to agree with them. Where they do not (a kink of relu, mae, … lies between the points), smaller steps are tried.
 * A point where no step is small enough counts as a kink; few may be. The gradient has no part in that decision.
 *
 * The loss is that of `backward`: with the masks and the statistics of the step that the gradient is of.
 */

const tolerance = 1e-6;
/** Step sizes, relative to a direction of length 1. Rounding spoils the difference by about epsilon / h, what it leaves out by h ** 4. */
const steps = [1e-3, 1e-4, 1e-5, 1e-6];
/** The loss and everything on the way to it are rounded; this is the number of roundings of the loss's size that are allowed for. */
const roundings = 64;

export interface Batch {
  x: MatrixLike;
  y: MatrixLike;
  sampleWeight?: Float64Array;
}

/** The counts of a whole test. */
export interface Tally {
  checked: number;
  kinks: number;
  worst: number;
}

export const newTally = (): Tally => ({ checked: 0, kinks: 0, worst: 0 });

/** The loss as a function of a point on a line, whose gradient is known. */
class Line {
  readonly #lossAt: (t: number) => number;
  readonly #loss: number;

  constructor(loss: number, lossAt: (t: number) => number) {
    this.#loss = loss;
    this.#lossAt = lossAt;
  }

  /** Compares `slope`, the derivative at 0, with differences. */
  check(slope: number, tally: Tally, what: string): void {
    tally.checked++;
    for (const h of steps) {
      const [coarse, fine] = this.#differences(h);
      // A difference of losses cannot tell derivatives below this from 0 to the tolerance: rounding alone makes up for it.
      const floor = (roundings * Number.EPSILON * Math.max(1, Math.abs(this.#loss))) / h / tolerance;
      const error = (a: number, b: number): number => Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), floor);
      if (!(error(coarse, fine) <= tolerance / 4)) continue;
      const found = error(slope, fine);
      tally.worst = Math.max(tally.worst, found);
      if (!(found <= tolerance)) expect.fail(`${what}: the gradient is ${slope}, but differences give ${fine} (step ${h})`);
      return;
    }
    tally.kinks++;
  }

  /** Fourth-order central differences with steps h and h / 2. */
  #differences(h: number): [number, number] {
    const at = (t: number): number => this.#lossAt(t) - this.#lossAt(-t);
    const [double, single, half] = [at(2 * h), at(h), at(h / 2)];
    return [(8 * single - double) / (12 * h), (8 * half - single) / (6 * h)];
  }
}

/** A tensor that `update` moves, a copy of it, and its gradient. */
interface Trained {
  name: string;
  values: Float64Array;
  slopes: Float64Array;
  set(values: Float64Array): void;
}

function trainedTensors(nn: NeuralNetwork, gradients: LayerGradient[]): Trained[] {
  // A gradient has no other tensors than its layer.
  const slopes = gradients.flatMap(({ parameters }) => Object.entries(parameters));
  const found = namedTensors(nn).map((tensor) => ({ tensor, trained: tensor.trained }));
  const owners = new Set(found.filter(({ trained }) => trained).map(({ tensor }) => tensor.owner));
  const all = [...owners].flatMap((owner) => found.filter(({ tensor }) => tensor.owner === owner).map(({ tensor }) => tensor));
  expect(slopes.map(([key]) => key)).toEqual(all.map(({ key }) => key));
  return all.flatMap((tensor, index) => {
    const { name, trained, values } = tensor;
    const set = (wanted: Float64Array): void => {
      tensor.values = wanted;
    };
    return trained ? [{ name, values, slopes: slopes[index]?.[1].data as Float64Array, set }] : [];
  });
}

/**
 * Checks a network's gradient for `picks` elements of every trained tensor (default: all of them), and along `directions` random directions,
 * in which all of them move at once.
 */
export function checkGradients(
  nn: NeuralNetwork,
  { x, y, ...weights }: Batch,
  random: RandomNumbers,
  tally: Tally,
  picks = Infinity,
  directions = 2,
): void {
  const { loss, gradients } = nn.backward(x, y, weights);
  const tensors = trainedTensors(nn, gradients);
  const lossNow = (): number => nn.backward(x, y, weights).loss;

  for (const { name, values, slopes, set } of tensors) {
    const elements = picks >= values.length ? values.keys() : Array.from({ length: picks }, () => random.below(values.length));
    for (const element of elements) {
      const before = values[element] as number;
      const line = new Line(loss, (t) => {
        values[element] = before + t;
        set(values);
        return lossNow();
      });
      line.check(slopes[element] as number, tally, `${name}[${element}]`);
      values[element] = before;
    }
    set(values);
  }

  for (let direction = 0; direction < directions; direction++) {
    const ways = tensors.map(({ values }) => random.array(values.length));
    const length = Math.hypot(...ways.map((way) => Math.hypot(...way)));
    for (const way of ways) for (let i = 0; i < way.length; i++) way[i] = (way[i] as number) / length;
    const line = new Line(loss, (t) => {
      for (const [index, { values, set }] of tensors.entries()) set(values.map((value, i) => value + t * (ways[index]?.[i] as number)));
      return lossNow();
    });
    const slope = ways.reduce(
      (sum, way, index) => sum + way.reduce((part, v, i) => part + v * (tensors[index]?.slopes[i] as number), 0),
      0,
    );
    line.check(slope, tally, 'all parameters together');
  }
  for (const { values, set } of tensors) set(values);
}

/** Few points may be kinks, and there must have been something to check. */
export function expectFewKinks({ checked, kinks }: Tally): void {
  expect(checked).toBeGreaterThan(0);
  expect(kinks).toBeLessThanOrEqual(Math.max(1, checked / 500));
}
