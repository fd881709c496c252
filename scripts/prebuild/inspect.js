// Reads by llvm-readobj what a binary requires of the system that loads it, and compares that with the promises of docs/platforms.md.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { symbols } = require('node-api-headers');
const { maximumBytes } = require('./targets');

const oldest = { glibc: [2, 17], windows: [6, 0], macos: [11, 0] };
/**
 * The exports of the C++ library. On Windows only a request for this very file finds them. Zig's linker for macOS can neither hide
 * nor drop anything, which makes its binaries larger too: those that are published are linked by Xcode.
 */
const harmlessExports = {
  win32: /^_?unw_|^_Unwind_|^_GCC_specific_handler$/,
  darwin: /./,
};
const bytesByZigForMacOS = 2_000_000;
const exported = ['napi_register_module_v1', 'node_api_module_get_api_version_v1'];
const nodeApi = new Set([...symbols.v8.js_native_api_symbols, ...symbols.v8.node_api_symbols]);

/** The libraries that every installation of a system has. */
const libraries = {
  glibc: /^(lib(c|m|dl|pthread|rt)\.so\.\d|ld-linux-[\w-]+\.so\.\d)$/,
  musl: /^libc\.so$/,
  win32: /^(kernel32|ntdll|advapi32|msvcrt)\.dll$|^api-ms-win-/i,
  darwin: /^\/usr\/lib\/(libSystem\.B|libc\+\+\.1)\.dylib$/,
};

const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);
const newer = (version, limit) => version[0] > limit[0] || (version[0] === limit[0] && version[1] > limit[1]);
const parseVersion = (text) => text.split('.').map(Number);

/** Blocks as `Symbol {…}` in llvm-readobj's output. */
const blocks = (text, name) => all(text, new RegExp(`^ *${name} \\{\\n([\\s\\S]*?)^ *\\}`, 'gm'));
const field = (block, name) => block.match(new RegExp(`^ *${name}: +(\\S+)`, 'm'))?.[1];

const readobj = (file, ...options) => execFileSync('llvm-readobj', [...options, file], { encoding: 'utf8', maxBuffer: 1 << 28 });

function readElf(file) {
  const text = readobj(file, '--needed-libs', '--dyn-symbols', '--version-info', '--sections');
  const dynamic = blocks(text, 'Symbol').map((block) => ({ name: field(block, 'Name')?.split('@')[0], section: field(block, 'Section') }));
  const named = dynamic.filter(({ name }) => name && name !== '(0)');
  return {
    libraries: all(text.match(/NeededLibraries \[([^\]]*)\]/)[1], /(\S+)/g),
    exports: named.filter(({ section }) => section && section !== 'Undefined').map(({ name }) => name),
    imports: named.filter(({ section }) => section === 'Undefined').map(({ name }) => name),
    system: { glibc: all(text, /\bGLIBC_(\d+\.\d+)/g).map(parseVersion) },
    unstripped: /Name: \.(symtab|debug_info) /.test(text),
  };
}

function readPe(file) {
  const text = readobj(file, '--file-headers', '--coff-imports', '--coff-exports');
  const versions = ['MajorSubsystemVersion', 'MinorSubsystemVersion'].map((name) => Number(field(text, name)));
  return {
    libraries: [...blocks(text, 'Import'), ...blocks(text, 'DelayImport')].map((block) => field(block, 'Name')),
    exports: blocks(text, 'Export').map((block) => field(block, 'Name')),
    imports: [],
    system: { windows: [versions] },
    unstripped: Number(field(text, 'SymbolCount')) > 0,
  };
}

function readMachO(file) {
  const text = readobj(file, '--needed-libs', '--symbols', '--macho-version-min');
  const named = blocks(text, 'Symbol').map((block) => ({ name: field(block, 'Name').slice(1), block }));
  const external = named.filter(({ block }) => /^ *Extern$/m.test(block));
  const undefinedHere = ({ block }) => field(block, 'Type') === 'Undef';
  return {
    libraries: all(text.match(/NeededLibraries \[([^\]]*)\]/)[1], /(\S+)/g).filter((name) => !name.endsWith('/chainrule.node')), // its own name
    exports: external.filter((symbol) => !undefinedHere(symbol)).map(({ name }) => name),
    imports: external.filter(undefinedHere).map(({ name }) => name),
    system: { macos: all(text, /^ *Version: (\d+\.\d+)/gm).map(parseVersion) },
    unstripped: named.some(({ block }) => /DebugInfo|SymDebugTable/.test(block)),
  };
}

const readers = { linux: readElf, win32: readPe, darwin: readMachO };

/**
 * Inspects the binary of a target (targets.js).
 * @returns {{ problems: string[], summary: string }} problems is empty where everything is as promised
 */
exports.inspect = (file, target) => {
  const { size } = fs.statSync(file);
  const format = readobj(file, '--file-headers').match(/^Format: (.+)$/m)?.[1];
  if (format !== target.format) return { problems: [`it is ${format}, not ${target.format}`], summary: '' };

  const found = readers[target.platform](file);
  const [system, versions] = Object.entries(found.system)[0];
  const latest = versions.sort((a, b) => (newer(a, b) ? 1 : -1)).at(-1);
  const expectedLibraries = libraries[target.libc ?? target.platform];
  const limit = target.platform === 'darwin' ? bytesByZigForMacOS : maximumBytes;
  const problems = [
    size > limit && `${size} bytes are more than ${limit}`,
    found.unstripped && 'it is not stripped',
    latest && newer(latest, oldest[system]) && `it needs ${system} ${latest.join('.')}, not ${oldest[system].join('.')}`,
    !latest && target.libc !== 'musl' && `the oldest ${system} is not in it`,
    ...found.libraries.filter((name) => !expectedLibraries.test(name)).map((name) => `it needs the library ${name}`),
    ...found.imports
      .filter((name) => /^napi_|^node_api_/.test(name) && !nodeApi.has(name))
      .map((name) => `${name} is newer than Node-API 8`),
    ...found.exports
      .filter((name) => !exported.includes(name) && !harmlessExports[target.platform]?.test(name))
      .map((name) => `it exports ${name}`),
    ...exported.filter((name) => !found.exports.includes(name)).map((name) => `it does not export ${name}`),
  ].filter(Boolean);
  const needs = [latest && `${system} ${latest.join('.')}`, ...found.libraries].filter(Boolean).join(', ');
  return { problems, summary: `${format}, ${size} bytes; needs ${needs}` };
};
