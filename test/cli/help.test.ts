import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../../lib/cli/commands';
import { readArguments } from '../../lib/cli/flags/flag';
import { commandHelp, mainHelp, usageOf, written } from '../../lib/cli/help';
import { UsageError } from '../../lib/cli/usage';
import { UserFolder } from '../support/command-line';

const user = new UserFolder();
const document = readFileSync(path.join(__dirname, '../../docs/cli.md'), 'utf8');

test('chainrule --help names every command, in lines of at most 100 characters', () => {
  const help = mainHelp();
  const named = [...new Set([...help.matchAll(/^ {2}chainrule (\w+)/gm)].map((match) => match[1] as string))];
  expect(named.filter((name) => name !== 'COMMAND')).toEqual(commands.map(({ name }) => name));
  for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120);
  expect(user.run(''), 'a program without a command has not done anything').toEqual({ status: 2, stdout: '', stderr: `${help}\n` });
  for (const args of ['--help', '-h', 'help']) expect(user.run(args)).toEqual({ status: 0, stdout: `${help}\n`, stderr: '' });
});

describe.each(commands)('$name', (command) => {
  const { name, flags, words } = command;

  test('its help names exactly the flags that it takes', () => {
    const help = commandHelp(command);
    const named = [...help.matchAll(/^ {2}--([\w-]+)/gm)].map((match) => match[1] as string);
    expect(named).toEqual(Object.keys(flags));
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(110);
  });

  test('every flag is taken, and no other', () => {
    const required = words.filter((word) => !word.startsWith('[')).map(() => 'x');
    for (const [flag, { value }] of Object.entries(flags)) {
      const read = () => readArguments(name, [...required, `--${flag}`, ...(value === undefined ? [] : ['?'])], words, flags);
      if (value === undefined) expect(read().flags).toEqual({ [flag]: true });
      else {
        try {
          read();
        } catch (error) {
          expect((error as Error).message, 'its value is refused, not itself').toMatch(new RegExp(`^--${flag}`));
        }
      }
    }
    expect(() => readArguments(name, [...required, '--frobnicate'], words, flags)).toThrow(UsageError);
  });

  test('docs/cli.md has its usage and a row for each flag', () => {
    expect(document).toContain(`### ${name}\n`);
    const section = document.slice(document.indexOf(`### ${name}\n`)).split(/^###? /m)[1] as string;
    expect(section).toContain(usageOf(command));
    const rows = [...section.matchAll(/^\| `(--[^`]+)` \| (.*) \|$/gm)].map(([, flag, help]) => [flag, help]);
    expect(rows).toEqual(Object.entries(flags).map(([flag, row]) => [written(flag, row).replaceAll('|', '/'), row.help]));
    for (const example of command.examples) expect(section).toContain(example);
  });
});

test('each command prints its help, even where its words are missing', () => {
  for (const command of commands.filter(({ name }) => ['train', 'info'].includes(name))) {
    expect(user.run(`${command.name} --help`)).toEqual({ status: 0, stdout: `${commandHelp(command)}\n`, stderr: '' });
    expect(user.run(`help ${command.name}`).stdout).toBe(`${commandHelp(command)}\n`);
  }
});
