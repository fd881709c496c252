import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

// The rules of the house that a compiler does not check: who may include whom, and what may be named where.

const root = path.join(__dirname, '../..');

interface Source {
  /** Path from the repository's root, with forward slashes. */
  name: string;
  text: string;
}

function sources(folder: string, pattern: RegExp): Source[] {
  return fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.split(path.sep).join('/')}`)
    .filter((name) => pattern.test(name))
    .map((name) => ({ name, text: fs.readFileSync(path.join(root, name), 'utf8') }));
}

const native = sources('native', /\.(h|cpp|inl|inc)$/);
const lib = sources('lib', /\.ts$/);

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, '');

/** The names of the files, outside those allowed, whose code matches. */
const offenders = (files: Source[], code: RegExp, allowed: RegExp) =>
  files.filter((file) => !allowed.test(file.name) && code.test(withoutComments(file.text))).map((file) => file.name);

test('there is something to check', () => {
  expect(native.length).toBeGreaterThan(10);
  expect(lib.length).toBeGreaterThan(10);
});

test.each([...native, ...lib])('$name has at most 400 lines', ({ text }) => {
  expect(text.split('\n').length).toBeLessThanOrEqual(401);
});

describe('native', () => {
  // The addon and WebAssembly stand side by side.
  const floors = [['kernels', 'group'], ['math'], ['nn'], ['addon', 'wasm']];
  const floorOf = (folder: string) => floors.findIndex((folders) => folders.includes(folder));
  const includes = (file: Source) => [...file.text.matchAll(/^\s*#\s*include\s+(["<][^">]+[">])/gm)].map((match) => match[1] as string);

  test.each(native)('$name includes from its own floor or one below', (file) => {
    const own = file.name.split('/')[1] as string;
    for (const include of includes(file).filter((name) => name.startsWith('"'))) {
      const folder = include.slice(1).split('/')[0] as string;
      expect(floorOf(folder), `${include} is not written from native/`).toBeGreaterThanOrEqual(0);
      if (folder !== own) expect(floorOf(folder), include).toBeLessThan(floorOf(own));
    }
  });

  test('Node-API is known to the addon only', () => {
    expect(offenders(native, /<napi\.h>|<node_api\.h>|Napi::/, /^native\/addon\//)).toEqual([]);
  });

  // _mm_pause, which every x86 has, is the one exception.
  test('instruction sets are known to the kernels only', () => {
    expect(offenders(native, /__AVX|__FMA__|__SSE|__ARM_NEON|_mm\d*_(?!pause)|arm_neon\.h|wasm_simd128\.h/, /^native\/kernels\//)).toEqual(
      [],
    );
  });

  test('threads are started by the pool and the trainer only', () => {
    const starts = /std::j?thread\b(?!::)|pthread_create|std::async/;
    expect(offenders(native, starts, /^native\/(math\/thread_pool\.cpp|nn\/trainer\w*\.(h|cpp))$/)).toEqual([]);
  });

  test('environment variables are read by the dispatch only', () => {
    expect(offenders(native, /getenv/, /^native\/kernels\/dispatch\.cpp$/)).toEqual([]);
  });

  // The linker keeps one copy of an inline function. Should that be the copy that was compiled for AVX-512, other CPUs crash.
  describe('the kernels of an instruction set are sealed', () => {
    const isas = native.filter(({ name }) => /\/((avx512|neon)(_bf16)?|avx2|simd128|scalar)\.cpp$/.test(name));
    const harmless = ['<immintrin.h>', '<arm_neon.h>', '<wasm_simd128.h>', '<math.h>', '<stddef.h>', '<stdint.h>'];

    test.each(isas)('$name and what it includes', (isa) => {
      const queue = [isa];
      const seen = new Set<Source>();
      for (let file = queue.pop(); file; file = queue.pop()) {
        seen.add(file);
        for (const include of includes(file).filter((name) => !harmless.includes(name))) {
          expect(include, file.name).toMatch(/^"kernels\/((kernels|layer_blocks|bf16)\.h|\w+\.in[lc])"$/);
          const next = native.find(({ name }) => `"${name}"` === include.replace('"', '"native/'));
          if (next && !seen.has(next)) queue.push(next);
        }
      }
    });

    test.runIf(process.platform === 'linux')('one symbol each, and it is not weak', () => {
      const objects = sources('native/build/Release/obj.target', /\/kernels_\w+\/kernels\/\w+\.o$/);
      expect(objects.length).toBeGreaterThanOrEqual(2);
      for (const { name } of objects) {
        const symbols = execFileSync('nm', ['--defined-only', '--demangle', path.join(root, name)], { encoding: 'utf8' });
        const exported = symbols.split('\n').filter((line) => /^[0-9a-f]* [A-Zuvw] /.test(line));
        expect(exported, name).toHaveLength(1);
        expect(exported[0], name).toMatch(/ [BDR] chainrule::k\w+Kernels$/);
      }
    });
  });
});

describe('lib', () => {
  // From the ground up. A file that is not named here stands on the floor of network.ts.
  const floors = [
    ['error-classes'],
    ['errors', 'group', 'warnings', 'binary-target', 'process-id', 'event-loop', 'thread-identity'],
    ['load-binding'],
    ['native', 'options'],
    ['data', 'formats'],
    ['metrics'],
    ['training', 'splits'],
    ['network'],
    ['index'],
    ['table'],
    ['tabular'],
    ['cli', 'mpi', 'wasm'],
  ];
  const part = (name: string) => name.replace(/^lib\//, '').split(/[/.]/)[0] as string;
  const floor = (name: string) => {
    const found = floors.findIndex((parts) => parts.includes(part(name)));
    return found >= 0 ? found : floors.findIndex((parts) => parts.includes('network'));
  };

  interface Import {
    to: string;
    /** Only types: nothing of it is left at run time. */
    type: boolean;
  }

  const imports = (file: Source): Import[] =>
    [...withoutComments(file.text).matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']*)'/gm)].map((match) => {
      const target = path.posix.join(path.posix.dirname(file.name), match[2] as string).replace(/\.js$/, '');
      const to = [`${target}.ts`, `${target}/index.ts`].find((name) => lib.some((source) => source.name === name));
      if (!to) throw new Error(`${file.name} imports ${match[2]}, which is not there`);
      return { to, type: match[1] !== undefined };
    });

  test.each(lib)('$name imports from its own part or a floor below', (file) => {
    for (const { to } of imports(file)) {
      if (part(to) === part(file.name)) continue;
      if (part(file.name) === 'cli')
        expect(['lib/index.ts', 'lib/tabular/index.ts', 'lib/options/closest.ts', 'lib/mpi/built.ts']).toContain(to);
      else if (floor(file.name) === floor('lib/network.ts')) expect(floor(to), to).toBeLessThanOrEqual(floor(file.name));
      else if (to !== 'lib/native.ts') expect(floor(to), to).toBeLessThan(floor(file.name));
    }
  });

  test('options, data and formats work without the addon', () => {
    for (const file of lib.filter(({ name }) => ['options', 'data', 'formats'].includes(part(name)))) {
      expect(imports(file), file.name).not.toContainEqual({ to: 'lib/native.ts', type: false });
    }
  });

  // threads.ts reads how much CPU the container has; load-binding.ts and binary-target.ts say why an addon does not load; mpi/built.ts
  // reads which MPI that of mpi/ was built against, mpi/ucx.ts where memory is mapped; wasm/module.ts reads the module.
  test('files are touched by data, formats, table and cli only', () => {
    expect(
      offenders(
        lib,
        /'(node:)?fs(\/promises)?'/,
        /^lib\/((data|formats|table|cli)\/|(threads|load-binding|binary-target|mpi\/(built|ucx)|wasm\/module)\.ts)/,
      ),
    ).toEqual([]);
  });

  test('no file imports itself, however indirectly', () => {
    const done = new Set<string>();
    const visit = (name: string, trail: string[]) => {
      expect(trail, 'a circle').not.toContain(name);
      if (done.has(name)) return;
      for (const { to } of imports(lib.find((file) => file.name === name) as Source)) visit(to, [...trail, name]);
      done.add(name);
    };
    for (const { name } of lib) visit(name, []);
  });
});
