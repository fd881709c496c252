import type { ServedModel } from './served-model';

const error = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        column: { type: 'string', description: 'the column at fault' },
        row: { type: 'integer', description: 'the index of the record at fault' },
        line: { type: 'integer', description: 'the line of NDJSON at fault, from 1' },
      },
      required: ['code', 'message'],
    },
  },
  required: ['error'],
};

/** The server's requests and answers, as an OpenAPI 3.1 document. */
export function openApi({ input, output }: ServedModel, version: string): object {
  const json = (schema: object): object => ({ 'application/json': { schema } });
  const failure = (description: string): object => ({ description, content: json({ $ref: '#/components/schemas/Error' }) });
  const record = { $ref: '#/components/schemas/Record' };
  const prediction = { $ref: '#/components/schemas/Prediction' };
  const many = (one: object): object => ({ oneOf: [one, { type: 'array', items: one }] });
  const get = (summary: string, content: object): object => ({ get: { summary, responses: { 200: { description: summary, content } } } });
  return {
    openapi: '3.1.0',
    info: { title: 'A model served by Chainrule', version },
    paths: {
      '/predict': {
        post: {
          summary: 'Predicts for a record, for an array of records, or for one record a line',
          requestBody: { required: true, content: { ...json(many(record)), 'application/x-ndjson': { schema: record } } },
          responses: {
            200: {
              description: 'Predictions, in order',
              content: { ...json(many(prediction)), 'application/x-ndjson': { schema: prediction } },
            },
            400: failure('The body is wrong; the column at fault is named'),
            408: failure('The body took too long'),
            413: failure('The body is too large'),
            415: failure('The content type is neither JSON nor NDJSON'),
            503: failure('Too many rows wait, or the server closes'),
          },
        },
      },
      '/schema': get('This document', json({ type: 'object' })),
      '/health': get('Whether requests may be sent here', json({ type: 'object' })),
      '/metrics': get('Counts and times, for Prometheus', { 'text/plain': { schema: { type: 'string' } } }),
    },
    components: { schemas: { Record: input, Prediction: output, Error: error } },
  };
}
