import type { Pieces } from '../../../event-loop';
import { recognizeWave } from '../activations';
import { denseOf } from './dense';
import { type Expression, filled, type InputColumns, type Layered, type Turns } from './expressions';
import { type MergedAffine, merged } from './merged';
import type { Node } from './node';
import { NotLayered } from './not-layered';
import { functionsOf, type Resolved, resolve } from './resolve';
import { columnAxis } from './shapes';
import type { Constant, Flow } from './values';

/*
 * Periodic inputs: cosines and sines of columns times frequencies, of which each column has a dense layer of its own. For that, columns and
 * rows change places, and back.
 */

/** A column each, times several numbers: [columns, 1] becomes [columns, frequencies]. */
export function turnsOf(operator: string, flow: Flow, { data, dims }: Constant): Flow | undefined {
  const { expression } = flow;
  const [columns = 0, one] = flow.dims;
  const fits = flow.dims.length === 2 && one === 1 && dims.length === 2 && dims[0] === columns && (dims[1] as number) > 1;
  if (operator !== 'Mul' || expression.op !== 'input' || !fits) return undefined;
  return { kind: 'flow', dims, expression: { op: 'turns', columns: data.length, of: expression, frequencies: data } };
}

/** The cosines and the sines of the same turns, beside each other. */
export function wavesOf(node: Node, [first, second, ...others]: readonly Flow[], resolved: Resolved): Flow {
  const refuse = new NotLayered('values of [rows, columns, …] are only joined as cosines and sines of the same numbers');
  if (first?.dims.length !== 2 || second === undefined || others.length > 0) throw refuse;
  if (columnAxis(node.int('axis', 0), first) !== 1 || first.dims.join() !== second.dims.join()) throw refuse;
  const [cosine, sine] = [first, second].map(({ expression }) => waveOf(expression, resolved));
  const turns = cosine?.wave === 'cosine' && sine?.wave === 'sine' && cosine.of === sine.of ? turnsIn(cosine.of, resolved) : undefined;
  if (turns === undefined) throw refuse;
  const [columns = 0, frequencies = 0] = first.dims;
  return { ...first, dims: [columns, 2 * frequencies], expression: { op: 'waves', columns: 2 * turns.columns, of: turns } };
}

/** The numbers that an expression has the cosines or sines of. */
function waveOf(expression: Expression, resolved: Resolved): { of: Expression; wave: 'cosine' | 'sine' } | undefined {
  if (expression.op !== 'mapped') return undefined;
  for (const { inner, f } of functionsOf(expression, resolved)) {
    const wave = recognizeWave(f);
    if (wave !== undefined) return { of: inner, wave };
  }
  return undefined;
}

/** Turns, of which a column may have a single frequency: that is a factor like any other. */
function turnsIn(expression: Expression, resolved: Resolved): Turns | undefined {
  if (expression.op === 'turns') return expression;
  const layered = resolve(expression, resolved);
  if (layered.op === 'input') return turns(layered, filled(layered.columns, 1));
  const isProduct = layered.op === 'scaled' && layered.of.op === 'input' && layered.summands.every((summand) => summand === 0);
  return isProduct ? turns(layered.of as InputColumns, layered.factors) : undefined;
}

const turns = (of: InputColumns, frequencies: Turns['frequencies']): Turns => ({ op: 'turns', columns: of.columns, of, frequencies });

/** Columns and rows change places: [rows, columns, waves] becomes [columns, rows, waves], and behind the dense layers back again. */
export function* swappingRows(node: Node, x: Flow, resolved: Resolved): Pieces<Flow> {
  if (node.ints('perm')?.join() !== '1,0,2') throw new NotLayered(`its permutation [${node.ints('perm')?.join(', ')}] mixes rows`);
  const { expression, dims, stacked } = x;
  if (stacked !== undefined) {
    const input = yield* periodicOf(resolve(expression, resolved), stacked);
    return { kind: 'flow', dims: [stacked, expression.columns], expression: input, stacked: undefined };
  }
  const [columns = 0, waves = 0] = dims;
  if (expression.op !== 'waves' || dims.length !== 2) throw new NotLayered('rows and columns only change places for periodic inputs');
  return { kind: 'flow', dims: [waves], stacked: columns, expression: { op: 'separated', columns: waves, of: expression } };
}

function* periodicOf(value: Layered, count: number): Pieces<Layered> {
  const product = value.op === 'activated' && value.activation === 'relu' ? merged(value.of, undefined) : undefined;
  if (product?.op !== 'memberAffine' || product.of.op !== 'separated')
    throw new NotLayered('periodic inputs must have weights of their own for each column, and relu behind them');
  const { tensors } = yield* denseOf(product as MergedAffine, 'relu');
  const { of: columns, frequencies } = product.of.of.of;
  return { op: 'periodic', columns: count * value.columns, of: columns, tensors: { ...(tensors as PeriodicTensors), frequencies } };
}

type PeriodicTensors = Extract<Layered, { op: 'periodic' }>['tensors'];
