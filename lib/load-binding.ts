import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import load from 'node-gyp-build';
import { binaryTarget } from './binary-target';
import { ChainruleError } from './errors';

/**
 * Loads the addon of the package in `root` by `fromPackage`, or the one in the folder that CHAINRULE_PREBUILD names. node-gyp-build chooses the
 * file. Where that fails, the error says where it looked, what is wrong with each file that is there, and what to do about it.
 *
 * @throws `ERR_CHAINRULE_LOAD`, with the system's or node-gyp-build's own error as its `cause`.
 */
export function loadBinding<Binding>(root: string, fromPackage: () => Binding): Binding {
  try {
    // node-gyp-build reads the variable only beside a package.json, which a bundle does not have.
    return env.CHAINRULE_PREBUILD ? load<Binding>(env.CHAINRULE_PREBUILD) : fromPackage();
  } catch (cause) {
    throw new ChainruleError('ERR_CHAINRULE_LOAD', explain(root, cause), { cause });
  }
}

// As node-gyp-build reads them.
const { env } = process;
const platform = env.npm_config_platform ?? os.platform();
const arch = env.npm_config_arch ?? os.arch();
const target = `${platform}-${arch}`;

function explain(root: string, cause: unknown): string {
  const chosen = choose(root);
  const wanted = env.LIBC ?? (platform === 'linux' && fs.existsSync('/etc/alpine-release') ? 'musl' : 'glibc');
  const machine = [libc(), `Node.js ${process.versions.node}`, `Node-API ${process.versions.napi}`].filter(Boolean).join(', ');
  const found = folders(root).flatMap(([folder, note]) => {
    const files = list(folder);
    if (files.length === 0) return [`${folder}: ${fs.existsSync(folder) ? 'holds no addon' : 'not there'}${note}`];
    return files.map((name) => {
      const file = path.join(folder, name);
      if (file === chosen) return `${file}: ${whyNotLoaded(file, cause)}`;
      const tag = load.parseTags(name)?.libc;
      if (tag !== undefined && tag !== wanted) return `${file}: is for ${tag}, and ${wanted} is wanted${libcHint(tag)}`;
      return `${file}: not tried: an earlier file was used`;
    });
  });
  return `chainrule has no binary that loads on ${target} (${machine}). It looked for

${found.map((line) => `  ${line}`).join('\n')}

What helps:

  npm ci
      where files are missing, or were copied from another machine: installs everything anew
  npx node-gyp rebuild --directory=${sources(root)}
      where none is for this system: compiles one, with Python 3, make and a C++20 compiler (Windows: Visual Studio 2022);
      without them, require('chainrule/wasm') does the same, more slowly
  npx esbuild <program> --bundle --platform=node --outdir=<folder> --external:chainrule
      where a bundler took the code and left the binary behind; other bundlers have the same option

More: docs/install.md`;
}

/** The folder of the package that holds binding.gyp: as a user would type it. In a bundle it is not beside the code. */
function sources(root: string): string {
  const here = path.join(root, 'native');
  if (!fs.existsSync(here)) return 'node_modules/chainrule/native';
  const relative = path.relative('', here);
  const typed = relative.startsWith('..') ? here : relative;
  return typed.includes(' ') ? `"${typed}"` : typed;
}

/** Where node-gyp-build looks, in its order; and what else is there instead. */
function folders(root: string): [folder: string, note: string][] {
  const base = env.CHAINRULE_PREBUILD || root;
  const built = env.PREBUILDS_ONLY ? [] : ['Release', 'Debug'].map((kind) => path.resolve(base, 'build', kind));
  const prebuilt = [base, path.dirname(process.execPath)].map((folder) => path.resolve(folder, 'prebuilds', target));
  return [...built, ...prebuilt].map((folder) => {
    const others = path.basename(folder) === target ? readFolder(path.dirname(folder)) : [];
    return [folder, others.length > 0 ? `; there are ${others.join(', ')}` : ''];
  });
}

const list = (folder: string): string[] => readFolder(folder).filter((name) => name.endsWith('.node'));

function readFolder(folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function choose(root: string): string | undefined {
  try {
    return load.resolve(root);
  } catch {
    return undefined;
  }
}

/** The system's own words, after what they leave out. */
function whyNotLoaded(file: string, cause: unknown): string {
  const message = (cause instanceof Error ? cause.message : String(cause)).trim().split('\n')[0]?.replace(`${file}: `, '');
  try {
    const is = binaryTarget(file);
    if (is === undefined) return `is no addon, or a damaged one (${message})`;
    if (is !== target) return `is for ${is} (${message})`;
  } catch {
    return `cannot be read (${message})`;
  }
  const version = /version `?(GLIBC\w*_[\d.]+)/.exec(message ?? '')?.[1];
  return version === undefined ? `${message}` : `needs ${version}, and this system is older (${message})`;
}

/** node-gyp-build takes nothing but Alpine for a system with musl. */
const libcHint = (tag: string): string => (libc().startsWith(tag) ? `; LIBC=${tag} in the environment has it taken` : '');

/** The C library of this process and its version; nothing but on Linux. */
function libc(): string {
  if (process.platform !== 'linux') return '';
  try {
    // A report looks up the names of all open connections, unless it is told not to.
    Object.assign(process.report, { excludeNetwork: true });
    const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
    return header.glibcVersionRuntime === undefined ? 'musl' : `glibc ${header.glibcVersionRuntime}`;
  } catch {
    return 'an unknown C library'; // of a runtime that is not Node.js
  }
}
