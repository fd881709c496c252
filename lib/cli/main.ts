#!/usr/bin/env node
import { commands } from './commands';
import { exitCodeOf, messageOf } from './failure';
import { readArguments } from './flags/flag';
import { didYouMean } from './flags/values';
import { commandHelp, mainHelp } from './help';
import { UsageError } from './usage';

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined) {
    console.error(mainHelp());
    process.exitCode = 2;
    return;
  }
  if (name === '--version') {
    const { info } = await import('../index.js');
    return console.log(info().version);
  }
  const asksForHelp = name === 'help' || name === '--help' || name === '-h';
  const wanted = asksForHelp ? args.find((word) => !word.startsWith('-')) : name;
  if (wanted === undefined) return console.log(mainHelp());
  const command = commands.find((each) => each.name === wanted);
  if (command === undefined) {
    const [kind, known] = wanted.startsWith('-')
      ? ['flag', ['--help', '--version']]
      : ['command', [...commands.map((each) => each.name), 'help']];
    throw new UsageError(`there is no ${kind} "${wanted}"${didYouMean(wanted, known as string[])}`);
  }
  if (asksForHelp || isHelpAmong(args)) return console.log(commandHelp(command));
  const given = readArguments(command.name, args, command.words, command.flags);
  const { run } = await command.load();
  await run(given);
}

/** Behind `--` there are names of files only. */
function isHelpAmong(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((word) => word === '--help' || word === '-h');
}

// The reader of the output may close it early ("chainrule xor | head").
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

/** How to get the help of the command among the arguments, or of all commands. */
function helpFor([name]: readonly string[]): string {
  return commands.some((command) => command.name === name) ? `chainrule ${name} --help` : 'chainrule --help';
}

const given = process.argv.slice(2);
main(given).catch((error: unknown) => {
  const message = messageOf(error);
  console.error(message.startsWith('chainrule ') ? message : `chainrule: ${message}`);
  if (error instanceof UsageError) console.error(`Try "${helpFor(given)}".`);
  process.exitCode = exitCodeOf(error);
});
