import { type Command, commands } from './commands';
import type { Flags } from './flags/flag';

const width = 100;

/** `chainrule train FILE... [flags]` */
export function usageOf({ name, words, flags }: Command): string {
  return ['chainrule', name, ...words, ...(Object.keys(flags).length > 0 ? ['[flags]'] : [])].join(' ');
}

/** The text of `chainrule --help`. */
export function mainHelp(): string {
  const most = Math.max(...commands.map(({ name, words }) => [name, ...words].join(' ').length));
  const lines = commands.map(({ name, words, summary }) => `  chainrule ${[name, ...words].join(' ').padEnd(most)}  ${summary}`);
  return `chainrule: trains and serves multilayer perceptrons at the speed of the CPU

From a table to a model: chainrule train penguins.csv --target species

Commands
${lines.join('\n')}

  chainrule COMMAND --help   the flags of a command
  chainrule --version        the version

Environment
  CHAINRULE_NUM_THREADS   the number of threads (default: the cores)
  CHAINRULE_ISA           the kernels: avx512, avx2, neon or scalar (default: the best)

Exit codes
  0 done   1 it failed   2 the command line makes no sense, or the data are wrong`;
}

/** The text of `chainrule COMMAND --help`. */
export function commandHelp(command: Command): string {
  const { name, summary, details, examples, flags } = command;
  const parts = [
    `chainrule ${name}: ${summary}`,
    `Usage\n  ${usageOf(command)}`,
    ...(details === '' ? [] : [wrapped(details, width).join('\n')]),
    ...(Object.keys(flags).length > 0 ? [`Flags\n${flagLines(flags).join('\n')}`] : []),
    `Examples\n${examples.map((example) => `  ${example}`).join('\n')}`,
  ];
  return parts.join('\n\n');
}

/** `--seed N`, as it is written. */
export const written = (name: string, { value }: { value?: string }): string => (value === undefined ? `--${name}` : `--${name} ${value}`);

function flagLines(flags: Flags): string[] {
  const all = Object.entries(flags).map(([name, flag]) => ({ flag: written(name, flag), help: flag.help }));
  const column = Math.max(...all.map(({ flag }) => flag.length)) + 4;
  return all.flatMap(({ flag, help }) => {
    const [first, ...more] = wrapped(help, width - column);
    return [`  ${flag}`.padEnd(column) + first, ...more.map((line) => ' '.repeat(column) + line)];
  });
}

function wrapped(text: string, most: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
