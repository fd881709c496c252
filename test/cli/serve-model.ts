import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createModelServer, type ModelServer, type ModelServerOptions } from '../../lib/cli/serve/server';

const { Table, TabularModel } = require(path.join(__dirname, '../../dist/tabular')) as typeof import('../../lib/tabular');

/** A table like that of the penguins: some cells are missing. */
const rows = Array.from({ length: 120 }, (_, row) => ({
  id: `p${row}`,
  bill: 40 + 8 * (row % 3) + Math.sin(row),
  flipper: row % 17 === 0 ? null : 190 + 10 * (row % 3) + Math.cos(row),
  island: row % 2 === 0 ? 'Biscoe' : 'Dream',
  tagged: row % 5 === 0,
  species: ['Adelie', 'Chinstrap', 'Gentoo'][row % 3] as string,
}));

/** A model of a few epochs; another seed makes another model. */
export function trainPenguins(seed: number): ReturnType<typeof TabularModel.train> {
  return TabularModel.train(Table.from(rows), { target: 'species', recipe: 'fast', epochs: 4, seed });
}

export const good = { bill: 41, flipper: 192, island: 'Biscoe', tagged: false };

export interface Running extends ModelServer {
  url: string;
  port: number;
}

export async function serve(model: Parameters<typeof createModelServer>[0], options?: ModelServerOptions): Promise<Running> {
  const served = createModelServer(model, options);
  await new Promise<void>((resolve) => served.server.listen(0, '127.0.0.1', resolve));
  const { port } = served.server.address() as AddressInfo;
  return { ...served, url: `http://127.0.0.1:${port}`, port };
}

export interface Answer {
  status: number;
  headers: Headers;
  body: { error?: { code: string; message: string; column?: string; row?: number } } & Record<string, unknown>;
}

export async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}
