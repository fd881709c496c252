import type { Figure, Figures, TabularReport } from '../../tabular/index';
import { inFlags } from '../failure';
import { count, counted, entry, grid, short } from '../lines';
import { shortened } from '../terminal-text';

/*
 * The outcome of a training, in lines.
 */

const mostImportant = 5;

const shortSpread = (spread: number): string => (spread >= 100 ? count(Math.round(spread)) : String(Number(spread.toPrecision(2))));

/** A figure with its spread. */
export function figureText(figure: Figure | undefined): string {
  if (figure === undefined || figure.value === null) return '-';
  const { value, spread, bound } = figure;
  if (bound !== undefined) return `${short(value)} (${boundText(value, bound)})`;
  return spread === null ? short(value) : `${short(value)} ± ${shortSpread(spread)}`;
}

/** The bound of a figure that has one. */
export const boundText = (value: number, bound: number): string => `${bound < value ? '≥' : '≤'} ${short(bound)}`;

/** The meaning of what stands behind figures. */
export function spreadNote(...figures: readonly Figures[]): string {
  const bounded = figures.flatMap((each) => Object.values(each)).filter(({ bound }) => bound !== undefined);
  const signs = [...new Set(bounded.map(({ value, bound }) => boundText(value as number, bound as number).slice(0, 1)))];
  return `± is a standard error${signs.length === 0 ? '' : `, ${signs.join(' or ')} a bound with 95 % confidence`}`;
}

/** One row for each metric, one column for each model. */
export function figureRows(metrics: Figures, baselines: TabularReport['baselines']): string[][] {
  const others = Object.entries(baselines);
  return [
    ['', 'this model', ...others.map(([name]) => name)],
    ...Object.entries(metrics).map(([metric, figure]) => [
      metric,
      figureText(figure),
      ...others.map(([, figures]) => figureText(figures[metric])),
    ]),
  ];
}

/** The lines about the figures and what they come from. */
export function reportLines(report: TabularReport): string[] {
  const { rowsOfMetrics, metrics, baselines, importance, epochs, bestEpoch, seconds, refit, history, split } = report;
  const trained = history.loss.length;
  const best = split.validation > 0 ? `; epoch ${bestEpoch} was the best` : '';
  return [
    entry(
      'trained',
      `${counted(trained, 'epoch')}${trained < epochs ? ` of ${count(epochs)}` : ''} in ${seconds.toFixed(1)} s${best}`,
      ...endLines(report),
    ),
    ...(rowsOfMetrics === 0
      ? [entry('figures', 'none: there are no rows to test with')]
      : [
          entry('figures', ...grid(figureRows(metrics, baselines))),
          ...simpleLines(metrics, baselines),
          entry('', `of ${counted(rowsOfMetrics, 'row')} that the model had not seen; ${spreadNote(metrics, ...Object.values(baselines))}`),
        ]),
    ...(importance.length === 0 ? [] : [entry('most important', ...importanceLines(report))]),
    entry('model', refit === null ? 'the one of these figures' : `trained again on all ${counted(refit.rows, 'row')}`),
  ];
}

const lowerIsBetter = /rmse|mse|mae|loss|error|brier/i;

/** Names simpler models that are at least as good by the first metric. */
export function simpleLines(metrics: Figures, baselines: TabularReport['baselines']): string[] {
  const [[metric, figure] = ['', undefined]] = Object.entries(metrics);
  const value = figure?.value;
  if (value === null || value === undefined) return [];
  const sign = lowerIsBetter.test(metric) ? -1 : 1;
  const asGood = Object.entries(baselines).filter(([, figures]) => sign * ((figures[metric]?.value ?? -sign * Infinity) - value) >= 0);
  return asGood.map(([name]) =>
    entry('', `by ${metric} the ${name === 'linear' ? 'linear model' : `constant "${name}"`} is at least as good here`),
  );
}

/** How much worse a figure gets without a column. A column that is not made use of has 0 in every order. */
export const dropText = (drop: number, spread: number): string => figureText({ value: drop, spread: spread === 0 ? null : spread });

function importanceLines({ importance, task }: TabularReport): string[] {
  const rows = importance.slice(0, mostImportant).map(({ column, drop, spread }) => [shortened(column), dropText(drop, spread)]);
  const what = task === 'classes' ? 'the accuracy that is lost' : 'the rmse that is gained';
  return [...grid(rows), `${what} when the values of that column are shuffled`];
}

/** Why training ended, where that is worth a word. */
function endLines({ stoppedBy, bestEpoch }: TabularReport): string[] {
  if (stoppedBy === 'signal' || stoppedBy === 'callback') return [`stopped by hand: the best model so far, of epoch ${bestEpoch}, is kept`];
  if (stoppedBy === 'time') return ['the time was up'];
  return stoppedBy === 'earlyStopping' ? ['stopped early, as it got no better'] : [];
}

/** Warnings that are not in the plan already. */
export const warningLines = (report: TabularReport, known: readonly string[]): string[] => {
  const news = report.warnings.filter(({ message }) => !known.includes(message));
  return news.length === 0 ? [] : [entry('warnings', ...news.map(({ message }) => inFlags(message)))];
};
