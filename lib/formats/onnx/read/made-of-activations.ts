import { recognizeBend, recognizeExponential, recognizeLimits, recognizeStretched } from '../activations';
import { activated, type Layered, uniform } from './expressions';

/** The layers of a value that compute a function of it. */
type Made = (x: Layered) => Layered;

/**
 * Functions that several layers compute exactly. Another factor below 0 is that of a residual block. Each limit is a relu. An activation of
 * `factor * x` stands between two factors, which become part of the dense layers beside it.
 */
export function madeOfActivations(f: (value: number) => number): Made | undefined {
  const bend = recognizeBend(f);
  if (bend !== undefined && bend.below !== 0) return (x) => bent(x, bend.below, bend.above);
  const limits = recognizeLimits(f);
  if (limits !== undefined) return (x) => limited(x, limits);
  const exponential = recognizeExponential(f);
  if (exponential !== undefined) return (x) => bent(activated(x, 'elu'), exponential.below, exponential.above);
  const stretched = recognizeStretched(f);
  if (stretched === undefined) return undefined;
  const { activation, factor } = stretched;
  return (x) => uniform(activated(uniform(x, factor), activation), 1 / factor);
}

const relu = (of: Layered): Layered => activated(of, 'relu');

/** Straight lines below and above 0: below * (x + (above - below) / below * relu(x)). */
function bent(x: Layered, below: number, above: number): Layered {
  if (below === above) return uniform(x, below);
  return uniform({ op: 'sum', columns: x.columns, of: [x, uniform(relu(x), (above - below) / below)] }, below);
}

/** A straight line between limits, of which one may be infinite. */
function limited(x: Layered, { least, most, factor, summand }: NonNullable<ReturnType<typeof recognizeLimits>>): Layered {
  if (least === -Infinity) return uniform(relu(uniform(x, -factor, most - summand)), -1, most);
  const fromLeast = relu(uniform(x, factor, summand - least));
  if (most === Infinity) return uniform(fromLeast, 1, least);
  return uniform(relu(uniform(fromLeast, -1, most - least)), -1, most);
}
