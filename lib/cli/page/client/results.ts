import type { Cell, Metric, PageData, Result } from '../data';
import { card, h, scrolledTable } from './dom';
import { cell, count, percent, short, standardError, titleOf } from './format';
import { scatter } from './scatter';
import type { Section } from './section';

/** Two of them stand beside each other where there is room. */
const halves = ['Confusion matrix', 'Predicted against true', 'Importance'];

/** The results of a training: drawn once, when it has ended. */
export function resultSections(): Section[] {
  return [
    section('Result', ({ summary, metrics, tables }) => summary !== undefined || metrics !== undefined || tables !== undefined, resultOf),
    section(
      'Warnings',
      ({ warnings }) => (warnings?.length ?? 0) > 0,
      ({ warnings = [] }) => [h('ul', { class: 'warnings' }, ...warnings.map((text) => h('li', {}, text)))],
    ),
    section('Confusion matrix', ({ confusion }) => confusion !== undefined, confusionOf),
    section(
      'Predicted against true',
      ({ predictions }) => predictions !== undefined,
      ({ predictions }) => [scatter(predictions as never)],
    ),
    section('Importance', ({ importance }) => (importance?.length ?? 0) > 0, importanceOf),
    section('The worst rows', ({ worst }) => (worst?.rows.length ?? 0) > 0, worstOf),
  ];
}

function section(title: string, isThere: (result: Result) => boolean, draw: (result: Result) => Node[]): Section {
  const body = h('div');
  const element = card(title, body);
  if (halves.includes(title)) element.classList.add('half');
  let drawn: Result | undefined;
  return {
    element,
    isShown: ({ result }: PageData) => result !== undefined && isThere(result),
    update: ({ result }) => {
      if (result !== undefined && result !== drawn) body.replaceChildren(...draw(result));
      drawn = result;
    },
  };
}

function resultOf({ summary, from, metrics = [], tables = [] }: Result): Node[] {
  const parts: Node[] = [];
  if (summary !== undefined) parts.push(h('p', {}, summary));
  if (metrics.length > 0) parts.push(h('div', { class: 'metrics' }, ...metrics.map(metricOf)));
  if (from !== undefined) parts.push(h('p', { class: 'note' }, from));
  for (const { title, columns, rows } of tables)
    parts.push(h('h3', { class: 'later' }, title), scrolledTable(title, columns, rows.map(lineOf)));
  return parts;
}

function metricOf({ name, value, spread, bound, baselines }: Metric): HTMLElement {
  const all = [{ name: 'this model', value }, ...baselines];
  const most = Math.max(...all.map((other) => Math.abs(other.value))) || 1;
  const rows = all.map(({ name: whose, value: figure }, index) => {
    const bar = h('span', { class: index === 0 ? 'bar own' : 'bar' });
    bar.style.width = `${(100 * Math.max(0, figure)) / most}%`;
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, whose),
      h('td', { class: 'bars', 'aria-hidden': 'true' }, bar),
      h('td', {}, short(figure)),
    );
  });
  const behind = bound ?? (spread === undefined ? undefined : `± ${standardError(spread)}`);
  const big = h('p', { class: 'big' }, short(value), behind === undefined ? undefined : h('small', {}, ` ${behind}`));
  return h(
    'div',
    { class: 'metric' },
    h('h3', {}, titleOf(name)),
    big,
    baselines.length > 0 ? h('table', {}, h('tbody', {}, ...rows)) : undefined,
  );
}

function confusionOf({ confusion }: Result): Node[] {
  const { labels, counts } = confusion as NonNullable<Result['confusion']>;
  const rows = counts.map((row, truth) => {
    const total = row.reduce((sum, value) => sum + value, 0) || 1;
    const cells = row.map((value, predicted) => {
      const share = value / total;
      const box = h('td', { class: truth === predicted ? 'right' : 'wrong', title: percent(share) }, value === 0 ? '·' : count(value));
      box.style.setProperty('--share', `${Math.round(100 * Math.sqrt(share))}%`);
      return box;
    });
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, labels[truth] as string),
      ...cells,
      h('td', { class: 'recall' }, percent((row[truth] ?? 0) / total)),
    );
  });
  const table = scrolledTable('Confusion matrix', ['true ↓ predicted →', ...labels, 'right'], rows);
  table.classList.add('confusion');
  return [table];
}

function importanceOf({ importance = [] }: Result): Node[] {
  const most = Math.max(...importance.map(({ drop }) => drop)) || 1;
  const rows = importance.map(({ column, drop, spread }) => {
    const bar = h('span', { class: 'bar own' });
    bar.style.width = `${(100 * Math.max(0, drop)) / most}%`;
    const numbers = h('td', {}, short(drop), spread === 0 ? undefined : h('small', {}, ` ± ${standardError(spread)}`));
    return h('tr', {}, h('th', { scope: 'row' }, column), h('td', { class: 'bars', 'aria-hidden': 'true' }, bar), numbers);
  });
  const note = 'How much worse the metric becomes when the values of one column are shuffled among the test rows.';
  return [h('table', { class: 'wide' }, h('tbody', {}, ...rows)), h('p', { class: 'note' }, note)];
}

function worstOf({ worst }: Result): Node[] {
  const { columns, rows, truth, predicted, loss } = worst as NonNullable<Result['worst']>;
  const lines = rows.map((row, index) => lineOf([predicted[index] ?? null, truth[index] ?? null, loss[index] ?? null, ...row]));
  return [scrolledTable('The worst rows', ['predicted', 'true', 'loss', ...columns], lines)];
}

function lineOf(cells: readonly Cell[]): HTMLTableRowElement {
  return h('tr', {}, ...cells.map((value) => h('td', { class: typeof value === 'number' ? 'number' : '' }, cell(value))));
}
