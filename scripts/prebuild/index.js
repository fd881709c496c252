// Builds the binaries that are published, into prebuilds/: `npm run prebuild -- --platform linux --arch arm64 --libc musl`. Without --platform
// or --arch it is this machine's, without --libc both; --all is every target. prebuildify strips, names and places them. On Linux the compiler
// is Zig, for every system; on macOS and Windows it is node-gyp's, for that system. Each binary is then inspected (inspect.js).
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { promisify, parseArgs } = require('node:util');
const prebuildify = promisify(require('prebuildify'));
const { inspect } = require('./inspect');
const { compiledHere, targets, targetName, prebuildPath } = require('./targets');
const { installZig, targetFolder } = require('./with-zig');

const root = path.join(__dirname, '../..');

/** Ends with what is wrong, and no stack. */
function fail(message) {
  console.error(message);
  process.exit(1);
}

/** The targets that the command line asks for. */
function chosen() {
  const text = { type: 'string' };
  const options = { all: { type: 'boolean' }, platform: text, arch: text, libc: text };
  const { values } = (() => {
    try {
      return parseArgs({ options });
    } catch (error) {
      return fail(`${error.message}\nnpm run prebuild -- [--platform <name>] [--arch <name>] [--libc glibc|musl] | --all`);
    }
  })();
  if (values.all) return targets;
  const { platform = process.platform, arch = process.arch, libc } = values;
  const found = targets.filter((target) => target.platform === platform && target.arch === arch && (!libc || target.libc === libc));
  if (found.length) return found;
  return fail(`No binary is made for ${targetName({ platform, arch, libc })}; there are ${targets.map(targetName).join(', ')}`);
}

/** Programs, each with the Debian package that it comes in. */
function need(programs) {
  const missing = programs.filter(([program]) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error);
  if (missing.length) {
    const names = missing.map(([program]) => program).join(', ');
    const packages = missing.map(([, debianPackage]) => debianPackage).join(' ');
    fail(`Missing: ${names}. On Debian or Ubuntu: apt-get install --yes ${packages}`);
  }
}

function prepareZig() {
  if (process.platform !== 'linux' || process.arch !== 'x64') fail('Binaries for other systems, and for musl, are made on linux-x64');
  need([
    ['cmake', 'cmake'],
    ['make', 'make'],
    ['llvm-readobj', 'llvm'],
  ]);
  installZig();
}

async function build(target) {
  const { platform, arch, libc } = target;
  const native = platform === process.platform && platform !== 'linux';
  // node-gyp runs where binding.gyp is.
  const how = native
    ? { cwd: path.join(root, 'native'), out: root, strip: true }
    : { cwd: targetFolder(target), out: root, nodeGyp: path.join(__dirname, 'cmake.js') };
  const node = [`node@${process.versions.node}`];
  await prebuildify({ ...how, name: 'chainrule', napi: true, targets: node, platform, arch, libc, tagLibc: Boolean(libc) });
  fs.rmSync(path.join(root, path.dirname(prebuildPath(target)), compiledHere), { force: true });
  if (native) return [];
  const { problems, summary } = inspect(path.join(root, prebuildPath(target)), target);
  console.log([`${prebuildPath(target)}: ${summary}`, ...problems.map((problem) => `  NOT as promised: ${problem}`)].join('\n'));
  return problems;
}

async function main() {
  const asked = chosen();
  if (asked.some(({ platform }) => platform === 'linux' || platform !== process.platform)) prepareZig();
  const problems = [];
  for (const target of asked) problems.push(...(await build(target)));
  if (problems.length) process.exit(1);
}

main().catch((error) => fail(error.message));
