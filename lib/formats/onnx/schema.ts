import type { Numbers } from './numbers';

/*
 * The messages of onnx.proto, as far as they are read or written: the number and the type of each field. A list of a type is repeated.
 * Fields that are not here are skipped.
 */

/** A number in a varint, in 4 or in 8 bytes, a text, bytes, or a message. */
export type FieldType = 'int' | 'float' | 'double' | 'text' | 'bytes' | MessageName;

/** The field's name in the objects here, by its number in the file. */
export type Fields = Readonly<Record<number, readonly [name: string, type: FieldType | readonly [FieldType]]>>;

export type MessageName =
  | 'model'
  | 'graph'
  | 'node'
  | 'attribute'
  | 'tensor'
  | 'value'
  | 'valueType'
  | 'tensorType'
  | 'shape'
  | 'dimension'
  | 'opset'
  | 'entry';

export const messages: Readonly<Record<MessageName, Fields>> = {
  model: {
    1: ['irVersion', 'int'],
    2: ['producerName', 'text'],
    3: ['producerVersion', 'text'],
    7: ['graph', 'graph'],
    8: ['opsets', ['opset']],
    14: ['metadata', ['entry']],
  },
  opset: { 1: ['domain', 'text'], 2: ['version', 'int'] },
  entry: { 1: ['key', 'text'], 2: ['value', 'text'] },
  graph: {
    1: ['nodes', ['node']],
    2: ['name', 'text'],
    5: ['initializers', ['tensor']],
    11: ['inputs', ['value']],
    12: ['outputs', ['value']],
  },
  node: {
    1: ['inputs', ['text']],
    2: ['outputs', ['text']],
    3: ['name', 'text'],
    4: ['operator', 'text'],
    5: ['attributes', ['attribute']],
    7: ['domain', 'text'],
  },
  attribute: {
    1: ['name', 'text'],
    2: ['float', 'float'],
    3: ['int', 'int'],
    4: ['text', 'bytes'],
    5: ['tensor', 'tensor'],
    7: ['floats', ['float']],
    8: ['ints', ['int']],
    9: ['texts', ['text']],
    20: ['type', 'int'],
  },
  tensor: {
    1: ['dims', ['int']],
    2: ['type', 'int'],
    4: ['floats', ['float']],
    5: ['ints', ['int']],
    6: ['texts', ['text']],
    7: ['longs', ['int']],
    8: ['name', 'text'],
    9: ['raw', 'bytes'],
    10: ['doubles', ['double']],
    11: ['unsigned', ['int']],
    13: ['external', ['entry']],
    14: ['location', 'int'],
  },
  value: { 1: ['name', 'text'], 2: ['type', 'valueType'] },
  valueType: { 1: ['tensor', 'tensorType'] },
  tensorType: { 1: ['type', 'int'], 2: ['shape', 'shape'] },
  shape: { 1: ['dims', ['dimension']] },
  dimension: { 1: ['size', 'int'], 2: ['name', 'text'] },
};

export interface OnnxModel {
  irVersion?: number;
  producerName?: string;
  producerVersion?: string;
  graph?: OnnxGraph;
  opsets?: OnnxOpset[];
  metadata?: OnnxEntry[];
}

export interface OnnxOpset {
  /** Absent: ONNX's own operators. */
  domain?: string;
  version?: number;
}

export interface OnnxEntry {
  key?: string;
  value?: string;
}

export interface OnnxGraph {
  nodes?: OnnxNode[];
  name?: string;
  initializers?: OnnxTensor[];
  inputs?: OnnxValue[];
  outputs?: OnnxValue[];
}

export interface OnnxNode {
  inputs?: string[];
  outputs?: string[];
  name?: string;
  operator?: string;
  attributes?: OnnxAttribute[];
  domain?: string;
}

export interface OnnxAttribute {
  name?: string;
  float?: number;
  int?: number;
  text?: Uint8Array;
  tensor?: OnnxTensor;
  floats?: Numbers;
  ints?: Numbers;
  texts?: string[];
  type?: number;
}

export interface OnnxTensor {
  dims?: Numbers;
  type?: number;
  floats?: Numbers;
  ints?: Numbers;
  texts?: string[];
  longs?: Numbers;
  name?: string;
  raw?: Uint8Array;
  doubles?: Numbers;
  unsigned?: Numbers;
  external?: OnnxEntry[];
  location?: number;
}

export interface OnnxValue {
  name?: string;
  type?: { tensor?: { type?: number; shape?: { dims?: OnnxDimension[] } } };
}

export interface OnnxDimension {
  size?: number;
  name?: string;
}

/** The name of the graph of a model of a table, which is more than a network. */
export const tabularGraph = 'table';

/** The numbers of element types. */
export const elementTypes = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  text: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const;

/** The numbers of types of attributes. */
export const attributeTypes = { float: 1, int: 2, text: 3, tensor: 4, floats: 6, ints: 7, texts: 8 } as const;
