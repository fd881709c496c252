import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { messages, type Sentence, sentences } from '../support/prose';

// The mechanical half of plain technical English, over comments, messages and documents.

const root = path.join(__dirname, '../..');
const files = execFileSync(
  'git',
  ['ls-files', '*.md', '*.ts', '*.mts', '*.js', '*.mjs', '*.cjs', '*.h', '*.cpp', '*.inc', '*.inl', '*.c'],
  {
    cwd: root,
    encoding: 'utf8',
  },
)
  .split('\n')
  // This file quotes the words. docs/api.md repeats lib/'s comments.
  .filter((name) => name !== '' && !/^(vendor|test\/goldens)\/|^docs\/api\.md$|^test\/house\/words\.test\.ts$/.test(name))
  .filter((name) => fs.existsSync(path.join(root, name)))
  .map((name) => ({ name, text: fs.readFileSync(path.join(root, name), 'utf8') }));

/** What is wrong with a sentence; undefined if nothing is. */
type Rule = (sentence: string) => boolean;

const has =
  (pattern: RegExp): Rule =>
  (text) =>
    pattern.test(text);

/** Sentences of comments and documents, and messages. */
const everywhere: Record<string, Rule> = {
  'a phrase that is not plain': has(
    /\bto be had\b|\bg(one|oes|oing|o) on with\b|\bof no use\b|(?<!\bas \w+ )\bas (it is|they are)(?=$|[.,;:)])|\bso many\b/i,
  ),
  'abort, for what is cancelled or given up': has(/\bcancel(l?ed|l?ing|lation)?\b|\bg(ive|ives|iven|ave|iving) up\b/i),
  'lease, for the right to train': has(/\b(a|its|the|that|this|his|whose|one's|another's|no) turn\b(?! of)/i),
  'parallel_for, for work that is shared out': has(/\bshare_range\b/),
};

const inProse: Record<string, Rule> = {
  'a subject that is a name or a term': (text) => /^["'(*_]*(What|Whoever|Nobody|Somebody)\b/.test(text) && !/\?["')*]*$/.test(text),
  'no riddle: what it is, not what it is not': has(/(?<!\bthere )\b(is|are) no (?!longer\b|more\b|less\b|such\b|other\b)[a-z]/i),
  // A colon or semicolon separates facts, too. Lists of names after a colon would be false alarms otherwise.
  'at most 25 words': (text) => text.split(/[:;](?=\s)/).some((part) => (part.match(/\S*[A-Za-z0-9]\S*/g) ?? []).length > 25),
};

const broken = (rules: Record<string, Rule>, name: string, found: Sentence[]) =>
  found.flatMap(({ line, text }) =>
    Object.entries(rules)
      .filter(([, rule]) => rule(text))
      .map(([rule]) => `${name}:${line}: ${rule}: ${text}`),
  );

test('comments and documents', () => {
  expect(files.length).toBeGreaterThan(200);
  expect(files.flatMap(({ name, text }) => broken({ ...everywhere, ...inProse }, name, sentences(name, text)))).toEqual([]);
});

test('messages', () => {
  const code = files.filter(({ name }) => /^(lib|native|scripts|examples)\//.test(name) && !name.endsWith('.md'));
  expect(code.flatMap(({ name, text }) => broken(everywhere, name, messages(text)))).toEqual([]);
});

test('names in code: parallel_for, derivative, lease and abort', () => {
  const old = /\b(share_range|derive(_from)?|slope|(begin|end)_turn|turns?_|is_cancelled|cancel(led)?_?)\b/;
  const code = files.filter(({ name }) => /^(lib|native)\//.test(name) && !name.endsWith('.md'));
  const withoutText = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'|"[^"\n]*"/g, '');
  expect(code.filter(({ text }) => old.test(withoutText(text))).map(({ name }) => name)).toEqual([]);
});
