import type { Schema } from '../../tabular/index';
import { renderDocument } from '../page/html';
import type { ServedModel } from './served-model';

/** The data of a form, as plain JSON. */
export interface FormData {
  title: string;
  /** Of a tabular model. */
  schema?: Schema;
  /** Of a plain network: the numbers in a row. */
  inputSize: number;
}

/** The page to try a model by hand. */
export function renderForm({ schema, network }: ServedModel, title: string): string {
  const data: FormData = { title, inputSize: network.inputSize, ...(schema && { schema }) };
  return renderDocument({ title, script: 'form.js', data, live: true });
}
