import type { Format } from './format';
import { brain } from './formats/brain';
import { checkpoints } from './formats/checkpoints';
import { compressedCsv, csv, encodedCsv } from './formats/csv';
import { faults } from './formats/faults';
import { jsonModels } from './formats/json-model';
import { models } from './formats/models';
import { npy } from './formats/npy';
import { npz } from './formats/npz';
import { onnx } from './formats/onnx';
import { jsonLines, jsonRecords } from './formats/records';
import { stateDicts } from './formats/state-dicts';
import { tfjs } from './formats/tfjs';

/** Every format that is read, by its name; each is made when it is needed. A new one is a row, and a file in formats/. */
export const formats: Readonly<Record<string, () => Format>> = {
  safetensors: models,
  checkpoint: checkpoints,
  json: () => jsonModels('plain'),
  'json-base64': () => jsonModels('base64'),
  npy,
  npz,
  onnx,
  tfjs,
  brain,
  pytorch: stateDicts,
  csv,
  'csv-encoded': encodedCsv,
  'csv-gzip': compressedCsv,
  'json-lines': jsonLines,
  'json-records': jsonRecords,
};

/** The same, and readers with faults. */
export const allFormats: Readonly<Record<string, () => Format>> = { ...formats, ...faults };
