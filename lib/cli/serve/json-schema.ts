import type { NeuralNetwork } from '../../index';
import type { Schema, SchemaColumn } from '../../tabular/index';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** A record of columns, and what is predicted for it. */
export function recordSchema({ target, columns, dropped }: Schema): { input: JsonSchema; output: JsonSchema } {
  const ignored = [{ column: target.name, why: 'the target' }, ...dropped];
  const properties = {
    ...Object.fromEntries(ignored.map(({ column, why }) => [column, { description: `ignored: ${why}` }])),
    ...Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
  };
  const required = columns.filter(({ missing }) => !missing).map(({ name }) => name);
  return { input: { type: 'object', properties, required, additionalProperties: false }, output: predictionSchema(target) };
}

function columnSchema({ type, categories = [], min, max, mean, missing }: SchemaColumn): JsonSchema {
  const types = type === 'number' ? ['number'] : type === 'boolean' ? ['boolean', 'string'] : ['string'];
  const isNumeric = categories.length > 0 && categories.every((category) => Number.isFinite(Number(category)));
  const all = [...types, ...(isNumeric ? ['number'] : []), ...(missing ? ['null'] : [])];
  const range = min === undefined || max === undefined ? undefined : `in training from ${valueText(type, min)} to ${valueText(type, max)}`;
  const description = [range, mean === undefined ? undefined : `mean ${Number(mean.toPrecision(6))}`].filter((part) => part !== undefined);
  return {
    type: all.length === 1 ? all[0] : all,
    ...(type === 'date' && { format: 'date-time' }),
    ...(description.length > 0 && { description: description.join(', ') }),
    // Not an enum: a category that training has not seen is allowed.
    ...(categories.length > 0 && { examples: categories.slice(0, 100) }),
  };
}

function valueText(type: string, value: number): string {
  return type === 'date' ? new Date(value).toISOString() : String(Number(value.toPrecision(6)));
}

function predictionSchema({ kind, classes = [], min, max }: Schema['target']): JsonSchema {
  if (kind === 'classes') return classesSchema(classes);
  const range = min === undefined || max === undefined ? {} : { description: `in training from ${min} to ${max}` };
  return { type: 'object', properties: { value: { type: 'number', ...range } }, required: ['value'] };
}

function classesSchema(classes: readonly string[]): JsonSchema {
  const share = { type: 'number', minimum: 0, maximum: 1 };
  return {
    type: 'object',
    properties: {
      label: { type: 'string', enum: [...classes] },
      probabilities: { type: 'object', properties: Object.fromEntries(classes.map((name) => [name, share])), required: [...classes] },
    },
    required: ['label', 'probabilities'],
  };
}

/** A row of numbers for a plain network, and its outputs. */
export function rowSchema({ inputSize, outputSize, classNames }: NeuralNetwork): { input: JsonSchema; output: JsonSchema } {
  const numbers = (count: number): JsonSchema => ({ type: 'array', items: { type: 'number' }, minItems: count, maxItems: count });
  return {
    input: numbers(inputSize),
    output:
      classNames === undefined
        ? { type: 'object', properties: { outputs: numbers(outputSize) }, required: ['outputs'] }
        : classesSchema(classNames),
  };
}
