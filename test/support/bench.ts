import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** A module of the benchmark, which is plain JavaScript: the caller says which of its functions it needs. */
export const benchModule = async <T>(name: string): Promise<T> =>
  (await import(pathToFileURL(path.join(__dirname, '../../bench', name)).href)) as T;
