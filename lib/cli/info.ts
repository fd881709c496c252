import { info } from '../index';

/** `chainrule info`: what runs here. */
export function run(): void {
  const { version, isa, isas, threads } = info();
  const rows = [
    ['version', version],
    ['kernels', isas.length > 1 ? `${isa} (of ${isas.join(', ')})` : isa],
    ['threads', String(threads)],
    ['node', `${process.version} on ${process.platform}-${process.arch}`],
  ];
  for (const [name, value] of rows) console.log(`${name?.padEnd(9)} ${value}`);
}
