import path from 'node:path';
import type { TabularEvaluation, TabularModel, TabularReport } from '../tabular/index';
import { readAsTrained } from './as-trained';
import type { Arguments } from './flags/flag';
import type { evaluateFlags } from './flags/lists';
import { counted, entry, grid } from './lines';
import { loadTabular, modelFile } from './model-file';
import { schemaWithTarget } from './model-schema';
import { readTables } from './tables';
import { shortened } from './terminal-text';
import { figureRows, simpleLines, spreadNote } from './train/figures';
import { isOurs } from './train/folder';
import { configName, digestsOf, readConfig } from './train/settings';

const mostClasses = 12;
const mostWorst = 3;
/** The columns of a class above its counts. */
const mostOfLabel = 16;

/** `chainrule evaluate`: figures of a model for rows that have the target. */
export async function run({ flags, words: [file = '', ...files] }: Arguments<typeof evaluateFlags>): Promise<void> {
  const model = await loadTabular(file);
  const table = await readAsTrained(file, flags, (all) => readTables(files, all, schemaWithTarget(model.schema)));
  const evaluation = await model.evaluate(table);
  if (flags.json) return console.log(JSON.stringify(evaluation, null, 2));
  console.log([...lines(model, evaluation), ...(await seenLines(await modelFile(file), files))].join('\n'));
}

/** Figures of the rows that a model was trained on are too good. */
async function seenLines(model: string, files: readonly string[]): Promise<string[]> {
  const folder = path.dirname(model);
  if (!(await isOurs(folder))) return [];
  const { files: trained, digests = {} } = await readConfig(path.join(folder, configName));
  const known = new Set(trained.map((file) => digests[file]));
  const seen = Object.entries(await digestsOf(files)).flatMap(([file, digest]) => (known.has(digest) ? [file] : []));
  return seen.length === 0 ? [] : [entry('careful', `the model was trained on ${seen.join(', ')}: of other rows its figures are worse`)];
}

function lines({ report, schema }: TabularModel, { rows, metrics, baselines, confusion, worst }: TabularEvaluation): string[] {
  const wrong = worst.filter(({ truth, predicted }) => truth !== predicted);
  return [
    entry('target', schema.target.name),
    entry('figures', ...grid(figureRows(metrics, baselines))),
    ...simpleLines(metrics, baselines),
    entry('', `of ${counted(rows, 'row')}; ${spreadNote(metrics, ...Object.values(baselines))}`),
    ...trainingLines(report),
    ...(confusion === undefined || confusion.labels.length > mostClasses ? [] : [entry('confusion', ...confusionGrid(confusion))]),
    ...(wrong.length === 0 ? [] : [entry('most wrong', ...wrong.slice(0, mostWorst).map(worstLine))]),
  ];
}

function trainingLines({ rowsOfMetrics, metrics, baselines }: TabularReport): string[] {
  if (rowsOfMetrics === 0) return [];
  const rows = `of ${counted(rowsOfMetrics, 'row')} that it had not seen`;
  return [entry('at training', ...grid(figureRows(metrics, baselines)), `${rows}; the linear model is not kept`)];
}

function confusionGrid({ labels, counts }: NonNullable<TabularEvaluation['confusion']>): string[] {
  return grid([
    ['is, predicted:', ...labels.map((label) => shortened(label, mostOfLabel))],
    ...counts.map((row, index) => [shortened(labels[index] as string), ...row.map((value) => String(value || '·'))]),
  ]);
}

const worstLine = ({ row, truth, predicted }: TabularEvaluation['worst'][number]): string =>
  `row ${row + 1} of the data: is ${shortened(String(truth))}, predicted ${shortened(String(predicted))}`;
