import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

// Documents and workflows name scripts that exist.

const root = path.join(__dirname, '../..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const builtIn = new Set(['start', 'test']);

const folder = (name: string, extension: string) =>
  readdirSync(path.join(root, name))
    .filter((file) => file.endsWith(extension))
    .map((file) => `${name}/${file}`);
const workflows = folder('.github/workflows', '.yml');

test.each([...workflows, ...folder('docs', '.md'), 'README.md', 'CONTRIBUTING.md', 'bench/README.md', '.ci/run'])(
  'the npm scripts that %s names are in package.json',
  (name) => {
    const named = [...read(name).matchAll(/npm (?:run ([a-z][\w:.-]*\w)|(start|test)\b)/g)].map(
      ([, run, other]) => run ?? (other as string),
    );
    if (workflows.includes(name)) expect(read(name)).toMatch(/npm |uses: \.\//);
    for (const script of named.filter((candidate) => !builtIn.has(candidate) || candidate in scripts))
      expect(Object.keys(scripts)).toContain(script);
  },
);

test('scripts that run scripts name those that are there', () => {
  for (const command of Object.values(scripts)) {
    for (const [, script] of command.matchAll(/npm run ([\w:.-]+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, file] of command.matchAll(/(?:node|bash) ([\w/-]+\.\w+)/g)) if (!file?.startsWith('dist/')) read(file as string);
  }
});

test('no workflow may do more than read, but the one that publishes, by its identity', () => {
  for (const name of workflows) {
    expect(read(name), name).toMatch(/^permissions:\n {2}contents: read\n/m);
    expect(read(name).match(/: write$/gm) ?? [], name).toEqual(name.endsWith('/release.yml') ? [': write'] : []);
    expect(read(name), name).not.toMatch(/permissions: write-all|secrets\./);
  }
  expect(read('.github/workflows/release.yml')).toMatch(
    /id-token: write[\s\S]*release:check[\s\S]*npm publish --provenance --access public/,
  );
});
