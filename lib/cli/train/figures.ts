import type { Figure, Figures, TabularReport } from '../../tabular/index';
import { inFlags } from '../failure';
import { count, counted, entry, grid, short } from '../lines';

/*
 * What came of a training, in lines.
 */

const mostImportant = 5;

/** A figure with its spread. */
export function figureText(figure: Figure | undefined): string {
  if (figure === undefined || figure.value === null) return '-';
  const { value, spread } = figure;
  return spread === null ? short(value) : `${short(value)} ± ${Number(spread.toPrecision(2))}`;
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
          entry('', `of ${counted(rowsOfMetrics, 'row')} that the model had not seen; ± is a standard error`),
        ]),
    ...(importance.length === 0 ? [] : [entry('most important', ...importanceLines(report))]),
    entry('model', refit === null ? 'the one of these figures' : `trained again on all ${counted(refit.rows, 'row')}`),
  ];
}

function importanceLines({ importance, task, monitor: _ }: TabularReport): string[] {
  const first = importance
    .slice(0, mostImportant)
    .map(({ column, drop, spread }) => `${column} ${short(drop)} ± ${Number(spread.toPrecision(2))}`);
  const what = task === 'classes' ? 'the accuracy that is lost' : 'how much rmse grows';
  return [first.join(', '), `${what} when a column's values are shuffled`];
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
