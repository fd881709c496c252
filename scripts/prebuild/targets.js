// The platforms that binaries are published for, as prebuildify and node-gyp-build name them, and what is promised of each binary.
//   zig:    the target of the Zig compiler, with the oldest C library or system that the binary is to run on
//   os:     as scripts/sources.js calls it
//   format: what the file is, in the words of llvm-readobj

const elf = { platform: 'linux', os: 'linux' };
const pe = { platform: 'win32', os: 'win' };
const macho = { platform: 'darwin', os: 'mac' };

exports.targets = [
  { ...elf, arch: 'x64', libc: 'glibc', zig: 'x86_64-linux-gnu.2.17', format: 'elf64-x86-64' },
  { ...elf, arch: 'x64', libc: 'musl', zig: 'x86_64-linux-musl', format: 'elf64-x86-64' },
  { ...elf, arch: 'arm64', libc: 'glibc', zig: 'aarch64-linux-gnu.2.17', format: 'elf64-littleaarch64' },
  { ...elf, arch: 'arm64', libc: 'musl', zig: 'aarch64-linux-musl', format: 'elf64-littleaarch64' },
  { ...pe, arch: 'x64', zig: 'x86_64-windows-gnu', format: 'COFF-x86-64' },
  { ...pe, arch: 'arm64', zig: 'aarch64-windows-gnu', format: 'COFF-ARM64' },
  { ...macho, arch: 'x64', zig: 'x86_64-macos.11.0', format: 'Mach-O 64-bit x86-64' },
  { ...macho, arch: 'arm64', zig: 'aarch64-macos.11.0', format: 'Mach-O arm64' },
];

/** The size of a stripped binary, at most. */
exports.maximumBytes = 2_600_000;

exports.targetName = ({ platform, arch, libc }) => [platform, arch, libc].filter(Boolean).join('-');

/** The folder of build-prebuild/ for the kernels, the same for all C libraries of a system. */
exports.kernelsName = ({ platform, arch }) => `kernels-${platform}-${arch}`;

/** Where the binary of a target is, from the package's root. */
exports.prebuildPath = ({ platform, arch, libc }) => `prebuilds/${platform}-${arch}/chainrule.${libc ? `${libc}.` : ''}node`;

/** The name of the note that scripts/prepare.js leaves beside a binary that is not one to publish. */
exports.compiledHere = 'COMPILED-HERE.txt';
