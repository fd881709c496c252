import path from 'node:path';
import { quoted } from './lines';
import { modelFile } from './model-file';
import type { TableFlags } from './tables';
import { isOurs } from './train/folder';
import { changed, configName, readConfig } from './train/settings';

/** Flags that say what cells mean. How a file is written may differ from file to file. */
const aboutCells = ['decimal', 'missing', 'missing-only'] as const;

/**
 * Reads data for a model, with those flags about cells that its training had, unless others are given. They are in the `train.json` beside the
 * model.
 */
export async function readAsTrained<F extends TableFlags, T>(model: string, flags: F, read: (flags: F) => Promise<T>): Promise<T> {
  const all = changed(await cellFlagsOf(model), flags) as F;
  try {
    return await read(all);
  } catch (error) {
    const kept = aboutCells.filter((name) => flags[name] === undefined && all[name] !== undefined);
    if (!(error instanceof Error) || kept.length === 0) throw error;
    const texts = kept.map((name) => `--${name} ${quoted(String(all[name]))}`);
    error.message += `; cells are read as in training, with ${texts.join(' and ')}`;
    throw error;
  }
}

async function cellFlagsOf(model: string): Promise<TableFlags> {
  const folder = path.dirname(await modelFile(model));
  if (!(await isOurs(folder))) return {};
  const { settings } = await readConfig(path.join(folder, configName));
  return Object.fromEntries(aboutCells.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])));
}
