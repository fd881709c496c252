import type { TabularReport } from '../../tabular/index';
import { boundText, spreadNote } from '../train/figures';
import type { Chart, LayerFigures, Metric, PageData, Result } from './data';

/** The page of a training that has ended: what `renderReport` takes. `layers` are those of the trained network. */
export function pageOfReport(report: TabularReport, title: string, layers: LayerFigures[] = []): PageData {
  return {
    version: 1,
    title,
    subtitle: `predicts ${report.target}, ${report.task === 'classes' ? 'a class' : 'a number'}`,
    status: {
      state: report.stoppedBy === 'signal' || report.stoppedBy === 'callback' ? 'stopped' : 'done',
      epoch: report.history.loss.length,
      epochs: report.epochs,
      seconds: report.seconds,
    },
    facts: factsOfReport(report),
    curves: curvesOf(report),
    layers,
    result: resultOfReport(report),
  };
}

/** Names and values that say what was trained on what. */
export function factsOfReport({ data, split, recipe, seed, threads, refit, hash, version }: TabularReport): PageData['facts'] {
  const count = (value: number): string => value.toLocaleString('en');
  return [
    { name: 'data', value: `${count(data.rows)} rows, ${count(data.columns)} columns` },
    {
      name: 'split',
      value: `${count(split.train)} to train, ${count(split.validation)} to validate, ${count(split.test)} to test: ${split.how}`,
    },
    { name: 'recipe', value: recipe },
    { name: 'saved model', value: refit === null ? 'the one of these figures' : `trained again on all ${count(refit.rows)} rows` },
    { name: 'seed', value: String(seed) },
    { name: 'threads', value: String(threads) },
    { name: 'Chainrule', value: version },
    { name: 'SHA-256 of the weights', value: hash },
  ];
}

/** The results in a report. */
export function resultOfReport(report: TabularReport): Result {
  const { confusion, predictions, target, worst, importance, warnings, dropped, rowsOfMetrics, metrics } = report;
  return {
    ...(rowsOfMetrics > 0 && {
      metrics: metricsOf(report),
      from: `All of these figures are of ${rowsOfMetrics.toLocaleString('en')} rows that the model had not seen; ${spreadNote(metrics)}.`,
    }),
    ...(confusion && { confusion: { labels: [...confusion.labels], counts: confusion.counts.map((row) => [...row]) } }),
    ...(predictions && { predictions: { target, true: predictions.truth, predicted: predictions.predicted } }),
    ...(worst.length > 0 && { worst: worstOf(worst) }),
    importance: [...importance],
    warnings: warnings.map(({ message }) => message),
    ...(dropped.length > 0 && {
      tables: [
        { title: 'Columns that are not used', columns: ['column', 'reason'], rows: dropped.map(({ column, why }) => [column, why]) },
      ],
    }),
  };
}

function metricsOf({ metrics, baselines }: TabularReport): Metric[] {
  return Object.entries(metrics).flatMap(([name, { value, spread, bound }]) => {
    if (value === null) return [];
    const others = Object.entries(baselines).flatMap(([model, figures]) => {
      const figure = figures[name]?.value;
      return typeof figure === 'number' ? [{ name: model, value: figure }] : [];
    });
    return [
      {
        name,
        value,
        ...(spread !== null && { spread }),
        ...(bound !== undefined && { bound: boundText(value, bound) }),
        baselines: others,
      },
    ];
  });
}

function worstOf(worst: TabularReport['worst']): NonNullable<Result['worst']> {
  const columns = Object.keys(worst[0]?.record ?? {});
  return {
    columns: ['row', ...columns],
    rows: worst.map(({ row, record }) => [row, ...columns.map((name) => record[name] ?? null)]),
    truth: worst.map(({ truth }) => truth),
    predicted: worst.map(({ predicted }) => predicted),
    loss: worst.map(({ loss }) => loss),
  };
}

function curvesOf({ history, monitor, bestEpoch }: TabularReport): PageData['curves'] {
  const { loss, validationLoss, metric, learningRate } = history;
  const charts: Chart[] = [{ name: 'loss', training: loss, ...(validationLoss.length > 0 && { validation: validationLoss }) }];
  if (metric.length > 0 && monitor !== 'loss') charts.push({ name: monitor, validation: metric });
  return { epoch: loss.map((_, index) => index + 1), learningRate, charts, bestEpoch };
}
