import { visible } from './terminal-text';
import { UsageError } from './usage';

/** Errors that say: what was given is wrong. */
const wrongInput = new Set([
  ...['ERR_CHAINRULE_TYPE', 'ERR_CHAINRULE_VALUE', 'ERR_CHAINRULE_SHAPE', 'ERR_CHAINRULE_OPTION', 'ERR_CHAINRULE_FORMAT'],
  ...['ENOENT', 'EISDIR', 'ENOTDIR', 'EACCES'],
]);

/** 2 if the command line or the data are wrong, 1 for anything else. */
export function exitCodeOf(error: unknown): 1 | 2 {
  const { code } = (error ?? {}) as { code?: unknown };
  return error instanceof UsageError || wrongInput.has(code as string) ? 2 : 1;
}

/** Options of the library as the flags that set them. */
const asFlags: readonly (readonly [RegExp, string | ((text: string, group: string) => string)])[] = [
  [/\bmissing: \["((?:[^"\\]|\\.)*)"\]/g, '--missing="$1"'],
  [/\bread the table with \{ columns: \{ "([^"]*)": '(\w+)' \} \}/g, 'say --columns "$1=$2"'],
  [/(?:\{ )?\bcolumns: \{ "([^"]*)": '(\w+)' \}(?: \})?/g, '--columns "$1=$2"'],
  [/\{ task: '(\w+)' \}/g, '--task $1'],
  [/`?encoding: '([\w-]+)'`?/g, '--encoding $1'],
  [/, with the option decimal: ','/g, ', if you say --decimal ,'],
  [/; option delimiter\)/g, '; another one: --delimiter)'],
  [/\bsay `?delimiter: '(.)'`?/g, "say --delimiter '$1'"],
  [/"([^"]*)"(.*): leave it out \(drop\)/g, '"$1"$2: leave it out (--drop "$1")'],
  [/^(target|weights|split\.group|split\.time|task|metric) (is|must)\b/g, '--$1 $2'],
  [/^(features|drop)(?:\[\d+\])? (is|must)\b/g, '--$1 $2'],
  [/^--split\.(group|time)\b/g, '--split $1:'],
  [/^options\.(\w+)/g, '--$1'],
  // People count rows from 1.
  [/\brow (\d+)(?=, (?:where|column)|$)/g, (_, row) => `row ${Number(row) + 1} of the data`],
  [/^stream(?= is\b|: line\b|: row\b| cannot\b| has\b)/g, 'standard input'],
  [/^source must be the name of a file or a file: URL\b/g, 'FILE must be the name of a file'],
  [/^source must be a regular file, got "(.*)"$/g, '$1 is no regular file; the standard input, and so any pipe, is read as -'],
  [/\. With \{ schema: model\.schema \} .*$/g, ''],
];

/** A text of the library in words of the command line, on one line. */
export function inFlags(text: string): string {
  return asFlags.reduce((all, [pattern, words]) => all.replace(pattern, words as string), text.replace(/\s*\n\s*/g, ' '));
}

/** Errors of the system in words. */
const systemErrors: Readonly<Record<string, (error: NodeJS.ErrnoException & { port?: number; hostname?: string }) => string>> = {
  ENOENT: ({ path, message }) => (path === undefined ? message : `there is no ${path}`),
  EISDIR: ({ path }) => `${path ?? 'that'} is a folder, where a file is expected`,
  EACCES: ({ path, message }) => (path === undefined ? message : `${path} may not be opened: its permissions forbid that`),
  ENOSPC: ({ path }) => `there is no space left${path === undefined ? '' : ` for ${path}`}`,
  EADDRINUSE: ({ port }) => `port ${port} is in use: name another one (--port), or 0 for any that is free`,
  EADDRNOTAVAIL: ({ message }) => `--host must be an address of this computer: ${message}`,
  ENOTFOUND: ({ hostname }) => `--host: there is no ${hostname}`,
};

/** The message of an error, on one line. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return visible(String(error));
  const { code = '' } = error as NodeJS.ErrnoException;
  const explain = Object.hasOwn(systemErrors, code) ? systemErrors[code] : undefined;
  return visible(explain === undefined ? inFlags(error.message) : explain(error));
}
