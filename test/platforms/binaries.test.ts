import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

// The requirements of the published binaries; the only check of those that this machine cannot run.

interface Target {
  platform: string;
  arch: string;
  libc?: string;
}

const root = path.join(__dirname, '../..');
const { inspect } = require('../../scripts/prebuild/inspect.js') as {
  inspect(file: string, target: Target): { problems: string[]; summary: string };
};
const { kernelsName, targets, targetName, prebuildPath } = require('../../scripts/prebuild/targets.js') as {
  targets: Target[];
  kernelsName(target: Target): string;
  targetName(target: Target): string;
  prebuildPath(target: Target): string;
};

const prebuild = (target: Target) => path.join(root, prebuildPath(target));
const present = targets.filter((target) => fs.existsSync(prebuild(target))).map((target) => [targetName(target), target] as const);
const linux = targets.filter(({ platform }) => platform === 'linux').map((target) => [targetName(target), target] as const);

test('there are binaries for eight platforms, and those for Linux are made', () => {
  expect(targets).toHaveLength(8);
  expect(present.map(([name]) => name)).toEqual(expect.arrayContaining(linux.map(([name]) => name)));
});

test.each(present)('%s keeps what is promised', (_, target) => {
  const { problems, summary } = inspect(prebuild(target), target);
  expect(problems).toEqual([]);
  expect(summary).toContain('needs');
});

test('a binary of another kind does not', () => {
  const [glibc, musl, arm64] = targets as [Target, Target, Target];
  expect(inspect(prebuild(arm64), glibc).problems).toEqual([expect.stringMatching(/^it is elf64-littleaarch64, not/)]);
  expect(inspect(prebuild(glibc), musl).problems).toContain('it needs the library libc.so.6');
});

// Its name must not be one that `-t 'this machine'` asks for: other systems have no llvm-readobj.
test('nor does one that g++ compiled here', () => {
  const { problems } = inspect(path.join(root, 'build/Release/chainrule.node'), targets[0] as Target);
  expect(problems).toEqual(
    expect.arrayContaining(['it is not stripped', expect.stringMatching(/^it needs glibc/), 'it needs the library libstdc++.so.6']),
  );
});

// test/house/architecture.test.ts asks g++'s objects the same. Targets for glibc and musl link the same objects.
test.each([...new Set(linux.map(([, target]) => kernelsName(target)))])('%s: the kernels of an instruction set are sealed', (name) => {
  const objects = path.join(root, 'build-prebuild', name, 'CMakeFiles');
  const kernels = fs.readdirSync(objects).filter((folder) => folder.startsWith('kernels_'));
  expect(kernels.length).toBeGreaterThanOrEqual(3);
  for (const folder of kernels) {
    const [file] = fs.readdirSync(path.join(objects, folder, 'native/kernels')).filter((entry) => entry.endsWith('.o'));
    const object = path.join(objects, folder, 'native/kernels', file as string);
    const symbols = execFileSync('llvm-nm', ['--defined-only', object], { encoding: 'utf8' });
    const needed = execFileSync('llvm-nm', ['--undefined-only', '--format=just-symbols', object], { encoding: 'utf8' });
    // Functions that every C library has, under these names.
    for (const symbol of needed.split('\n').filter(Boolean))
      expect(symbol, folder).toMatch(/^(fmaf?|mem(cpy|set|move|cmp)|_GLOBAL_OFFSET_TABLE_)$/);
    const seen = symbols.split('\n').filter((line) => / [A-Zuvw] /.test(line));
    expect(seen, folder).toHaveLength(1);
    expect(seen[0], folder).toMatch(/ [BDR] .*k\w+Kernels/);
  }
});
