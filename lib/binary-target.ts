import fs from 'node:fs';

const elf: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const pe: Record<number, string> = { 332: 'ia32', 34404: 'x64', 43620: 'arm64' };
const mach: Record<number, string> = { 16777223: 'x64', 16777228: 'arm64' };

/**
 * The platform of a compiled addon, from its first bytes, as in `linux-x64`; undefined for any other file. The system's own error is misleading:
 * of an ELF file for another CPU it says that there is no such file.
 */
export function binaryTarget(file: string): string | undefined {
  const bytes = start(file);
  if (bytes.length < 64) return undefined;
  if (bytes.readUInt32BE(0) === 0x7f454c46) return `linux-${elf[bytes.readUInt16LE(18)] ?? 'another CPU'}`;
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return `darwin-${mach[bytes.readUInt32LE(4)] ?? 'another CPU'}`;
  const header = bytes.readUInt16BE(0) === 0x4d5a ? bytes.readUInt32LE(0x3c) : bytes.length;
  if (header + 6 > bytes.length || bytes.readUInt32BE(header) !== 0x50450000) return undefined;
  return `win32-${pe[bytes.readUInt16LE(header + 4)] ?? 'another CPU'}`;
}

/** As much as holds the header of any of them. */
function start(file: string): Buffer {
  const bytes = Buffer.alloc(4096);
  const descriptor = fs.openSync(file, 'r');
  try {
    return bytes.subarray(0, fs.readSync(descriptor, bytes));
  } finally {
    fs.closeSync(descriptor);
  }
}
