'use strict';

const machines = {
  linux: { 62: 'x64', 183: 'arm64' },
  win32: { 34404: 'x64', 43620: 'arm64' },
  darwin: { 16777223: 'x64', 16777228: 'arm64' },
};
const named = (system, machine) => `${system}-${machines[system][machine] ?? `machine 0x${machine.toString(16)}`}`;

/** ELF, 64 bits, little endian: whether a section is a table of symbols (that of dynamic ones is another kind). */
function elfIsStripped(bytes) {
  const table = Number(bytes.readBigUInt64LE(0x28));
  const [size, count] = [bytes.readUInt16LE(0x3a), bytes.readUInt16LE(0x3c)];
  return !Array.from({ length: count }, (_, index) => bytes.readUInt32LE(table + index * size + 4)).includes(2);
}

/**
 * The platform of a binary, by its headers: `{ is: 'linux-x64', stripped }`; without `is` for any other file. macOS has local symbols removed by its
 * own strip, and needs the others.
 */
exports.binaryKind = function binaryKind(bytes) {
  if (bytes.length < 4096) return {};
  if (bytes.toString('hex', 0, 6) === '7f454c460201') return { is: named('linux', bytes.readUInt16LE(18)), stripped: elfIsStripped(bytes) };
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return { is: named('darwin', bytes.readUInt32LE(4)), stripped: true };
  const header = bytes.toString('latin1', 0, 2) === 'MZ' ? bytes.readUInt32LE(0x3c) : 0;
  if (header === 0 || header + 24 > bytes.length || bytes.readUInt32BE(header) !== 0x50450000) return {};
  return { is: named('win32', bytes.readUInt16LE(header + 4)), stripped: bytes.readUInt32LE(header + 12) === 0 };
};
