// Formats of other libraries besides ONNX: a file of its own in the package, which is loaded when it is first asked for: scripts/late-files.mjs.
export { fromBrain } from './brain';
export { toJavaScript } from './javascript';
export { torchModules } from './pytorch/modules';
export { readingStateDict } from './pytorch/read';
export { toPyTorch } from './pytorch/write';
export { documentLimits, readTfjsFiles } from './tfjs/files';
export { readingTfjs } from './tfjs/model';
export { plainCopy } from './tfjs/plain-copy';
