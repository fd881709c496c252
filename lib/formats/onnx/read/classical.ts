import { concatenateColumns, encodeColumns, selectColumns } from './columns';
import { activated, type Layered, scaled, uniform } from './expressions';
import { chooseNames, labelOperators, labels, labelsIn, listed, renameClasses } from './labels';
import { merged } from './merged';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import type { Operator } from './operator';
import { type Resolved, resolve } from './resolve';
import type { Flow } from './values';

/* ONNX's operators for classical machine learning (ai.onnx.ml), as scikit-learn's models are written in by skl2onnx. */

const flow = (dims: readonly number[], expression: Layered): Flow => ({ kind: 'flow', dims, expression });

/** (x - offset) * scale. */
function scaler(node: Node, resolved: Resolved): Flow {
  const x = node.flow(0);
  const of = resolve(x.expression, resolved);
  const [offset, scale] = [node.floats('offset') ?? [0], node.floats('scale') ?? [1]];
  const at = (values: readonly number[], i: number): number => (values.length === 1 ? values[0] : values[i]) as number;
  if ([offset, scale].some(({ length }) => length !== 1 && length !== of.columns))
    throw new NotLayered(`it must have ${of.columns} offsets and scales`);
  const factors = Float64Array.from({ length: of.columns }, (_, i) => at(scale, i));
  const summands = factors.map((factor, i) => -at(offset, i) * factor);
  return flow(x.dims, scaled(of, factors, summands));
}

/** A linear model's scores. Its coefficients are [units, columns], one row behind the other. */
function linear(node: Node, units: number, resolved: Resolved): Layered {
  const x = node.flow(0);
  const of = resolve(x.expression, resolved);
  const [coefficients = [], intercepts = []] = [node.floats('coefficients'), node.floats('intercepts')];
  if (x.dims.length !== 1 || coefficients.length !== units * of.columns || ![0, units].includes(intercepts.length))
    throw new NotLayered(`it must have ${units} rows of ${of.columns} coefficients`);
  resolved.use(coefficients.length);
  const product: Layered = { op: 'affine', columns: units, of, weights: Float64Array.from(coefficients), transposed: true };
  const summands = Float64Array.from({ length: units }, (_, unit) => intercepts[unit] ?? 0);
  return scaled(product, new Float64Array(units).fill(1), summands);
}

/** The functions of a linear model's scores. */
const transforms: Readonly<Record<string, (z: Layered) => Layered>> = {
  NONE: (z) => z,
  LOGISTIC: (z) => (areOpposite(z) ? activated(uniform(z, 0.5), 'softmax') : activated(z, 'sigmoid')),
  SOFTMAX: (z) => activated(z, 'softmax'),
};

function transformed(z: Layered, node: Node): Layered {
  const name = node.text('post_transform', 'NONE');
  const transform = Object.hasOwn(transforms, name) ? transforms[name] : undefined;
  if (transform === undefined) throw new NotLayered(`no activation is its post_transform ${JSON.stringify(name.slice(0, 60))}`);
  return transform(z);
}

/** Whether there are two scores of which one is the other's negative. The sigmoids of both are the softmax of their halves. */
function areOpposite(z: Layered): boolean {
  const at = merged(z, undefined);
  if (at.op !== 'affine' || z.columns !== 2 || !('bias' in at) || at.outputScale !== undefined) return false;
  const rows = at.weights.length / 2;
  const { bias, weights } = at;
  return bias[0] === -(bias[1] as number) && weights.subarray(0, rows).every((weight, row) => weight === -(weights[rows + row] as number));
}

/** Probabilities have the sum 1 already. */
function normalizer(node: Node, resolved: Resolved): Flow {
  const x = node.flow(0);
  const of = resolve(x.expression, resolved);
  if (node.text('norm', 'MAX') === 'L1' && of.op === 'activated' && of.activation === 'softmax') return flow(x.dims, of);
  throw new NotLayered('no layer divides a row by its norm; it is only read behind probabilities, whose sum is 1 already');
}

/** Something else in place of missing values. A network's `x` has none, for NaN is refused there. */
function imputer(node: Node): Flow {
  if (!node.has('replaced_value_float') || !Number.isNaN(node.float('replaced_value_float', 0)))
    throw new NotLayered('no layer replaces single values; it is only read where it replaces NaN, which networks refuse');
  return node.flow(0);
}

const categoriesOf = (node: Node): readonly number[] => {
  const categories = node.ints('cats_int64s');
  if (categories === undefined) throw new NotLayered('its categories are texts: encode them before, as numbers');
  return categories;
};

function oneHotEncoder(node: Node): Flow {
  const categories = categoriesOf(node);
  const x = node.flow(0);
  const expression = encodeColumns(x, categories, (column, row) => Number(column === row), categories.length);
  return flow([...x.dims, categories.length], expression);
}

/** A number for each whole number of a column. */
function encodeNumbers(node: Node): Flow {
  const keys = node.ints('keys_int64s');
  const values = node.floats('values_floats') ?? node.ints('values_int64s');
  if (keys === undefined || values?.length !== keys.length) throw new NotLayered('it must have a number for each of its whole numbers');
  const otherwise = node.floats('values_floats') === undefined ? node.int('default_int64', -1) : node.float('default_float', 0);
  const x = node.flow(0);
  return flow(
    x.dims,
    encodeColumns(x, keys, (_, row) => values[row] ?? otherwise, 1),
  );
}

export const classicalOperators: Readonly<Record<string, Operator>> = {
  ...labelOperators,
  Scaler: (node, { resolved }) => scaler(node, resolved),
  Normalizer: (node, { resolved }) => normalizer(node, resolved),
  Imputer: imputer,
  OneHotEncoder: oneHotEncoder,
  LabelEncoder: (node) => (labelsIn(node.value(0)) === undefined ? encodeNumbers(node) : renameClasses(node)),
  ArrayFeatureExtractor: (node, { resolved }) => {
    const x = node.value(0);
    return x.kind === 'flow' ? selectColumns(x.expression, Array.from(node.constant(1).data), resolved) : chooseNames(node);
  },
  FeatureVectorizer: (node, { resolved }) =>
    concatenateColumns(
      node.inputs.map((_, index) => node.flow(index)),
      resolved,
    ),
  LinearRegressor: (node, { resolved }) => {
    const targets = node.int('targets', 1);
    return flow([targets], transformed(linear(node, targets, resolved), node));
  },
  LinearClassifier: (node, { resolved }) => {
    const names = listed(node, 'classlabels') ?? [];
    const scores = flow([names.length], transformed(linear(node, names.length, resolved), node));
    return [labels(scores, names), scores];
  },
};
