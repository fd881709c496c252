// A file of its own in the package, which is loaded when it is first asked for: scripts/late-files.mjs.
export { loadOnnx, readOnnxBytes } from './load';
export { writeOnnx } from './write';
