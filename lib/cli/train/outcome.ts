import path from 'node:path';
import type { NeuralNetwork } from '../../index';
import type { TabularModel, TabularReport } from '../../tabular/index';
import { modelName } from '../model-file';
import type { LayerFigures } from '../page/data';
import { pageOfReport } from '../page/from-report';
import { renderReport } from '../page/html';
import { layerFigures, weightsOf } from '../watch/layer-figures';
import { writeText } from './folder';
import { reportMarkdown } from './markdown';
import { type Config, configName, configText } from './settings';

/** The files of a training, in the order in which they are said. */
export const outcomeNames = [modelName, 'report.html', 'report.md', 'metrics.json', configName] as const;

/** The content of `metrics.json` and of `--json`: the report without its long lists. */
export type Summary = Omit<TabularReport, 'history' | 'predictions' | 'worst'>;

export function summaryOf({ history: _, predictions: __, worst: ___, ...rest }: TabularReport): Summary {
  return rest;
}

const layersOf = (network: NeuralNetwork): LayerFigures[] => layerFigures(network, { values: weightsOf(network) });

/** Writes everything into the folder; `train.json` comes last, as it says what is there. */
export async function writeOutcome(folder: string, model: TabularModel, config: Config, title: string): Promise<void> {
  const { report } = model;
  await model.save(path.join(folder, modelName));
  await writeText(path.join(folder, 'report.html'), renderReport(pageOfReport(report, title, layersOf(model.network))));
  await writeText(path.join(folder, 'report.md'), reportMarkdown(report, title));
  await writeText(path.join(folder, 'metrics.json'), `${JSON.stringify(summaryOf(report), null, 2)}\n`);
  await writeText(path.join(folder, configName), configText(config, folder));
}
