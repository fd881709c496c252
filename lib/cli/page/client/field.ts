import type { SchemaColumn } from '../../../tabular/index';
import { h, setAttributes, setText } from './dom';
import { short } from './format';

/** An input for one column. */
export interface Field {
  name: string;
  element: HTMLElement;
  /** The value to send; undefined: none. */
  read(): unknown;
  /** Shows an error at the field; an empty text takes it away. */
  complain(message: string): void;
  focus(): void;
}

/** More categories than this are typed, with suggestions, rather than chosen. */
const mostChoices = 30;

export function field(column: SchemaColumn, index: number): Field {
  const { name, type, categories = [], missing } = column;
  const id = `field-${index}`;
  if (type === 'number') {
    const input = h('input', { id, type: 'number', step: 'any', value: middle(column), required: !missing });
    return labelled({ name, id, input, hint: hintOf(column), read: () => (input.value === '' ? undefined : Number(input.value)) });
  }
  if (type === 'date') {
    const input = h('input', { id, type: 'datetime-local', step: 1, value: dateText(column.max), required: !missing });
    const read = (): unknown => (input.value === '' ? undefined : `${input.value.length === 16 ? `${input.value}:00` : input.value}Z`);
    return labelled({ name, id, input, hint: hintOf(column), read });
  }
  if (categories.length > 0 && categories.length <= mostChoices) {
    const empty = missing ? [h('option', { value: '' }, '(none)')] : [];
    const input = h('select', { id }, ...empty, ...categories.map((category) => h('option', { value: category }, category)));
    input.value = categories[0] as string;
    return labelled({ name, id, input, hint: hintOf(column), read: () => (input.value === '' ? undefined : input.value) });
  }
  const list = h('datalist', { id: `${id}-list` }, ...categories.map((category) => h('option', { value: category })));
  const input = h('input', { id, list: list.id, value: categories[0] ?? '', required: !missing });
  return labelled({ name, id, input, hint: hintOf(column), read: () => (input.value === '' ? undefined : input.value), more: list });
}

/** The one field of a plain network. */
export function rowField(inputSize: number): Field {
  const id = 'field-row';
  const input = h('input', { id, value: Array(Math.min(inputSize, 1000)).fill(0).join(', ') });
  const read = (): unknown => input.value.split(/[\s,;]+/).flatMap((text) => (text === '' ? [] : [Number(text)]));
  return labelled({ name: 'row', id, input, hint: `${inputSize} numbers`, read });
}

interface Parts {
  name: string;
  id: string;
  input: HTMLInputElement | HTMLSelectElement;
  hint: string;
  read: () => unknown;
  more?: HTMLElement;
}

function labelled({ name, id, input, hint, read, more }: Parts): Field {
  const below = h('small', { id: `${id}-hint` }, hint);
  const error = h('span', { class: 'wrong-input', id: `${id}-error` });
  setAttributes(input, { 'aria-describedby': `${id}-hint ${id}-error` });
  return {
    name,
    element: h('div', { class: 'field' }, h('label', { for: id }, name), input, below, error, more),
    read,
    complain: (message) => {
      setText(error, message);
      setAttributes(input, { 'aria-invalid': message === '' ? undefined : 'true' });
    },
    focus: () => input.focus(),
  };
}

function middle({ mean }: SchemaColumn): string {
  return mean === undefined ? '' : String(Number(mean.toPrecision(4)));
}

function hintOf({ type, min, max, categories = [], missing }: SchemaColumn): string {
  const text = (value: number): string => (type === 'date' ? dateText(value).slice(0, 10) : short(value));
  const range = min === undefined || max === undefined ? undefined : `${text(min)} to ${text(max)} in training`;
  const some = categories.length > mostChoices ? `${categories.length} in training` : undefined;
  return [range, some, missing ? 'may be empty' : undefined].filter((part) => part !== undefined).join(', ');
}

/** A time as an input has it, in UTC. */
function dateText(time: number | undefined): string {
  return time === undefined ? '' : new Date(time).toISOString().slice(0, 19);
}
