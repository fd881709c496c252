import type { Arguments, Flags } from './flags/flag';
import * as lists from './flags/lists';

export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** The words behind it, beside flags. */
  readonly words: readonly string[];
  /** Its purpose, in one line. */
  readonly summary: string;
  readonly details: string;
  readonly examples: readonly string[];
  readonly flags: F;
  /** Loaded when asked for, so that help is printed even where the addon cannot be loaded. */
  readonly load: () => Promise<{ run(given: Arguments<F>): void | Promise<void> }>;
}

const command = <F extends Flags>(given: Command<F>): Command => given as unknown as Command;

export const commands: readonly Command[] = [
  command({
    name: 'train',
    words: ['[FILE...]'],
    summary: 'a model from a table, with a report',
    details:
      'Reads CSV, JSON lines, JSON, npy or Parquet, gzipped or not. Several files of the same columns are one table. Writes a folder with the model, ' +
      'a report (report.html, report.md, metrics.json), and train.json, which repeats the training to the same bits. Ctrl-C keeps the best model so far.',
    examples: [
      'chainrule train penguins.csv --target species',
      'chainrule train houses.csv --target price --time-limit 60s --watch --open',
      'chainrule train --config penguins.chainrule/train.json',
    ],
    flags: lists.trainFlags,
    load: () => import('./train.js'),
  }),
  command({
    name: 'check',
    words: ['FILE...'],
    summary: 'what training would make of a table, and what is wrong with it',
    details: 'Nothing is trained or written.',
    examples: ['chainrule check titanic.csv --target survived'],
    flags: lists.checkFlags,
    load: () => import('./check.js'),
  }),
  command({
    name: 'evaluate',
    words: ['MODEL', 'FILE...'],
    summary: 'figures of a model for rows that have the target',
    details: 'MODEL is a folder that train wrote, or its model.safetensors.',
    examples: ['chainrule evaluate penguins.chainrule new.csv'],
    flags: lists.evaluateFlags,
    load: () => import('./evaluate.js'),
  }),
  command({
    name: 'predict',
    words: ['MODEL', 'FILE|-'],
    summary: 'predictions for the rows of a file, or of the standard input',
    details: 'One row of the output for each of the input, in the same order.',
    examples: ['chainrule predict penguins.chainrule new.csv --keep all > out.csv', 'cat new.csv | chainrule predict penguins.chainrule -'],
    flags: lists.predictFlags,
    load: () => import('./predict.js'),
  }),
  command({
    name: 'serve',
    words: ['MODEL'],
    summary: 'predictions over HTTP, with a form to try the model',
    details: 'Also serves files of plain networks. SIGHUP loads the model again, SIGTERM answers what waits and ends.',
    examples: ['chainrule serve penguins.chainrule --port 8080'],
    flags: lists.serveFlags,
    load: () => import('./serve.js'),
  }),
  command({
    name: 'inspect',
    words: ['MODEL'],
    summary: 'what is in a model: of Chainrule, or .onnx, .safetensors, .json',
    details: '',
    examples: ['chainrule inspect penguins.chainrule', 'chainrule inspect net.onnx'],
    flags: lists.inspectFlags,
    load: () => import('./inspect.js'),
  }),
  command({
    name: 'export',
    words: ['MODEL'],
    summary: 'a model in another format, checked to predict the same',
    details: 'ONNX files of tabular models have columns as inputs; files of other formats have the network without the encoder.',
    examples: ['chainrule export penguins.chainrule --to onnx'],
    flags: lists.exportFlags,
    load: () => import('./export.js'),
  }),
  command({
    name: 'xor',
    words: [],
    summary: 'learns XOR, side by side with a published table',
    details: '',
    examples: ['chainrule xor --watch --open'],
    flags: lists.xorFlags,
    load: () => import('./xor.js'),
  }),
  command({
    name: 'digits',
    words: [],
    summary: 'learns to read digits',
    details: '',
    examples: ['chainrule digits --epochs 5'],
    flags: lists.digitsFlags,
    load: () => import('./digits.js'),
  }),
  command({
    name: 'mpi',
    words: ['[build]'],
    summary: 'the addon that trains on several machines: builds it, or shows its state',
    details:
      'build compiles chainrule/mpi against the MPI that is installed: Open MPI or MPICH, on Linux and macOS. It needs CMake, a C++20 compiler and ' +
      "MPI's headers, and says which of them is missing. Without the word, it prints which MPI the addon was built against, and whether it loads.",
    examples: ['chainrule mpi build', 'chainrule mpi build --compiler mpicxx.mpich', 'chainrule mpi'],
    flags: lists.mpiFlags,
    load: () => import('./mpi.js'),
  }),
  command({
    name: 'info',
    words: [],
    summary: 'version, kernels and threads on this machine',
    details: '',
    examples: ['chainrule info'],
    flags: lists.infoFlags,
    load: () => import('./info.js'),
  }),
];
