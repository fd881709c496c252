import type { Node } from './node';
import { NotLayered } from './resolve';
import type { Flow, Labels, Value } from './values';

/* The ends of classifiers: the class of each row, and probabilities by names. They become the names of the network's classes. */

type LabelOperator = (node: Node) => Value;

const labels = (scores: Flow, names: readonly string[] = []): Labels => ({ kind: 'labels', scores, names });

function namesIn(node: Node, index: number): readonly string[] {
  const value = node.value(index);
  if (value.kind === 'texts') return value.texts;
  return Array.from(node.constant(index).data, String);
}

/** The names of the classes that an input chooses from. */
const choose: LabelOperator = (node) => {
  const chosen = node.value(1);
  if (chosen.kind !== 'labels') throw new NotLayered('it is only read behind ArgMax, for the names of classes');
  return labels(chosen.scores, namesIn(node, 0));
};

export const labelOperators: Readonly<Record<string, LabelOperator>> = {
  ArgMax: (node) => {
    const scores = node.flow(0);
    const axis = node.int('axis', 0);
    if (scores.dims.length !== 1 || !(axis === 1 || axis === -1)) throw new NotLayered('it must be over all columns of a row');
    return labels(scores);
  },
  ArrayFeatureExtractor: choose,
  ZipMap: (node) => labels(node.flow(0), node.texts('classlabels_strings') ?? node.ints('classlabels_int64s')?.map(String)),
  Binarizer: (node) => labels(node.flow(0)),
  LabelEncoder: (node) => {
    const from = node.value(0);
    if (from.kind !== 'labels') throw new NotLayered('it is only read behind ArgMax, for the names of classes');
    return labels(from.scores, node.texts('values_strings') ?? node.ints('values_int64s')?.map(String) ?? from.names);
  },
};
