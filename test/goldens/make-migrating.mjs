// Runs the programs in other libraries of docs/migrating.md, whose files the programs in Chainrule read, into the folder migrating/.
//
// Usage: node make-migrating.mjs   (npm install in bench/peers; Debian: apt install python3-torch python3-sklearn)
// It prints what the programs predict; the document promises the same of ours. Keras's program is not run: keras.npz has random numbers in
// the shapes of its weights.
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { runProgram, sections } = createRequire(import.meta.url)('../support/foreign-programs.js');
const folder = fileURLToPath(new URL('migrating', import.meta.url));
for (const section of sections) console.log(section, runProgram(section, folder) ?? 'is not installed');
const keras = 'import numpy as n; r = n.random.RandomState(1); n.savez("keras.npz", *[r.randn(*s).astype("f4") for s in ((2, 16), (16,), (16, 3), (3,))])';
execFileSync('/usr/bin/python3', ['-c', keras], { cwd: folder });
