import type { Mapped } from './expressions';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import { columnAxis } from './shapes';
import type { Flow, Labels, Value } from './values';

/* The ends of classifiers: the class of each row, and probabilities by names. They become the names of the network's classes. */

type LabelOperator = (node: Node) => Value;

export const labels = (scores: Flow, names: readonly string[] = [], threshold?: number): Labels => ({
  ...{ kind: 'labels', scores, names, threshold },
});

const comparisons: readonly string[] = ['Greater', 'GreaterOrEqual'];

/** The classes that a value is: those of its scores, which are chosen by the largest one, or by a number that one is above. */
export function labelsIn(value: Value | undefined): Labels | undefined {
  if (value?.kind !== 'flow') return value?.kind === 'labels' ? value : undefined;
  let at = value.expression;
  while (at.op === 'mapped' && at.operator === 'Cast' && typeof at.of[0] === 'object') [at] = at.of as [Mapped];
  if (at.op !== 'mapped' || !comparisons.includes(at.operator)) return undefined;
  const [scores, middle] = at.of;
  if (typeof scores !== 'object' || typeof middle !== 'number') return undefined;
  return labels({ ...value, dims: [scores.columns], expression: scores }, [], middle);
}

function labelsAt(node: Node, index: number): Labels {
  const found = labelsIn(node.value(index));
  if (found === undefined) throw new NotLayered('it is only read behind ArgMax or Greater, for the names of classes');
  return found;
}

function namesIn(node: Node, index: number): readonly string[] {
  const value = node.value(index);
  if (value.kind === 'texts') return value.texts;
  return Array.from(node.constant(index).data, String);
}

/** The names of classes at the classes of rows. */
export const chooseNames: LabelOperator = (node) => ({ ...labelsAt(node, 1), names: namesIn(node, 0) });

/** Texts or whole numbers of an attribute, as texts. */
export const listed = (node: Node, name: string): readonly string[] | undefined =>
  node.texts(`${name}_strings`) ?? node.ints(`${name}_int64s`)?.map(String) ?? node.ints(`${name}_ints`)?.map(String);

/** Other names of classes: each key has a value. */
export function renameClasses(node: Node): Value {
  const { scores, names, threshold } = labelsAt(node, 0);
  const values = listed(node, 'values') ?? listed(node, 'classes') ?? [];
  const keys = listed(node, 'keys') ?? values.map((_, index) => String(index));
  const renamed = new Map(keys.map((key, index) => [key, values[index]]));
  const { columns } = scores.expression;
  const count = Math.max(2, columns);
  if (names.length === 0 && keys.length < count) return labels(scores, [], threshold);
  const own = names.length > 0 ? names : Array.from({ length: count }, (_, index) => String(index));
  return labels(
    scores,
    own.map((name) => renamed.get(name) ?? name),
    threshold,
  );
}

export const labelOperators: Readonly<Record<string, LabelOperator>> = {
  ArgMax: (node) => {
    const scores = node.flow(0);
    const axis = node.int('axis', 0);
    if (scores.dims.length !== 1 || columnAxis(axis, scores) !== 0) throw new NotLayered('it must be over all columns of a row');
    return labels(scores);
  },
  Binarizer: (node) => labels(node.flow(0), [], node.float('threshold', 0)),
  ZipMap: (node) => labels(node.flow(0), listed(node, 'classlabels')),
};
