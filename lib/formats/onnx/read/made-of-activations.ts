import { recognizeBend, recognizeExponential, recognizeLimits, recognizeStretched } from '../activations';
import { activated, type Layered, uniform } from './expressions';
import { NotLayered } from './not-layered';

/** The layers of a value that compute a function of it. */
type Made = (x: Layered) => Layered;

/**
 * Functions that several layers compute exactly. Another factor below 0 is that of a residual block. Each limit is a relu, one far from 0 in a
 * residual block. An activation of
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
  return atMost(atLeast(uniform(x, factor, summand), least), most);
}

/** A limit may be added and subtracted again where that leaves small numbers their digits in single precision. */
const mostOffset = 64;

function atLeast(x: Layered, least: number): Layered {
  if (least === -Infinity) return x;
  if (Math.abs(least) <= mostOffset) return uniform(relu(uniform(x, 1, -least)), 1, least);
  return { op: 'sum', columns: x.columns, of: [x, relu(uniform(x, -1, least))] };
}

function atMost(x: Layered, most: number): Layered {
  if (most === Infinity) return x;
  if (Math.abs(most) <= mostOffset) return uniform(relu(uniform(x, -1, most)), -1, most);
  // Far above the limit x and x - most are the same in single precision.
  if (x.op === 'activated' && x.activation === 'exp') throw new NotLayered(`exp is only read with a limit of ${mostOffset} or less`);
  return { op: 'sum', columns: x.columns, of: [x, uniform(relu(uniform(x, 1, -most)), -1)] };
}
