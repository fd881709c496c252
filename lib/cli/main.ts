#!/usr/bin/env node
import { didYouMean } from './arguments';
import { help, UsageError } from './usage';

interface Command {
  run(args: string[]): void | Promise<void>;
}

/** Loaded when asked for, so that help is printed even where the addon cannot be loaded. */
const commands: Record<string, () => Promise<Command>> = {
  xor: () => import('./xor.js'),
  digits: () => import('./digits.js'),
  serve: () => import('./serve.js'),
  info: () => import('./info.js'),
};

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined) throw new UsageError('no command given');
  if (name === '--help' || name === '-h' || name === 'help' || args.includes('--help')) return console.log(help);
  if (name === '--version') {
    const { info } = await import('../index.js');
    return console.log(info().version);
  }
  if (!Object.hasOwn(commands, name)) {
    const [kind, known] = name.startsWith('-') ? ['flag', ['--help', '--version']] : ['command', [...Object.keys(commands), 'help']];
    throw new UsageError(`there is no ${kind} "${name}"${didYouMean(name, known as string[])}`);
  }
  const command = await commands[name]?.();
  await command?.run(args);
}

// The reader of the output may close it early ("chainrule xor | head").
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

main(process.argv.slice(2)).catch((error: unknown) => {
  const usage = error instanceof UsageError;
  console.error(`chainrule: ${error instanceof Error ? error.message : error}`);
  if (usage) console.error('Try "chainrule --help".');
  process.exitCode = usage ? 2 : 1;
});
