import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { counted } from '../lines';
import { UsageError } from '../usage';
import { configName, isConfig } from './settings';

/** The folder for the results of a file: `data/penguins.csv.gz` gives `penguins.chainrule`. */
export function defaultFolder(file: string): string {
  if (file === '-') return 'stdin.chainrule';
  return `${path
    .basename(file)
    .replace(/\.gz$/i, '')
    .replace(/(?<=.)\.[^.]*$/, '')}.chainrule`;
}

/** Whether it has an earlier training; undefined if there is none. */
export async function isOurs(folder: string): Promise<boolean> {
  try {
    return isConfig(JSON.parse(await readFile(path.join(folder, configName), 'utf8')));
  } catch {
    return false; // not there, or not JSON
  }
}

/** Makes the folder. One that holds something else is left alone unless that is asked for. */
export async function openFolder(folder: string, overwrite: boolean): Promise<'new' | 'again'> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw new UsageError(`--out must be a folder, and ${folder} is a file`);
    throw error;
  });
  const again = await isOurs(folder);
  if (names.length > 0 && !again && !overwrite) {
    throw new UsageError(
      `${folder} holds ${counted(names.length, 'file')} of something else: name another folder (--out), or say --overwrite`,
    );
  }
  await mkdir(folder, { recursive: true });
  return again ? 'again' : 'new';
}

/** Writes a text or bytes so that the file is there whole, or as it was before. */
export async function writeText(file: string, text: string | Uint8Array): Promise<void> {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
