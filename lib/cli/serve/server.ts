import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NeuralNetwork } from '../../index';
import type { TabularModel } from '../../tabular/index';
import { contentSecurityPolicy } from '../page/html';
import { type BodyLimits, kindOf, readJson } from './body';
import { renderForm } from './form-page';
import { HttpError } from './http-error';
import { Metrics } from './metrics';
import { openApi } from './openapi';
import { Predicting, Queue } from './predicting';
import { servedModel } from './served-model';
import { answerLines } from './stream';

export interface ModelServerOptions {
  /** The heading of the form. Default: "Chainrule". */
  title?: string;
  /** The version in `/schema`. */
  version?: string;
  /** Bytes of a JSON body, or of a line of NDJSON. Default: 1 MiB. */
  maxBody?: number;
  /** Milliseconds that a JSON body may take, or that may pass between two parts of NDJSON. Default: 30,000. */
  bodyTimeout?: number;
  /** Milliseconds that the headers of a request may take. Default: 10,000. */
  headersTimeout?: number;
  /** Rows that may wait for their prediction; more are answered with 503. Default: 10,000. */
  maxWaiting?: number;
}

export interface ModelServer {
  /** To be listened with. */
  readonly server: Server;
  /** Puts another model in the place of this one; requests under way are answered by the old one. */
  replace(model: NeuralNetwork | TabularModel): Promise<void>;
  /** Counts a file that was no model. */
  countFailedReload(): void;
  /** Takes no new connections, and resolves when everything is answered. */
  close(): Promise<void>;
}

/** Longer than load balancers keep theirs, so that it is they who close a connection. */
const keepAliveMs = 65_000;

/** A request whose headers are on their way has this time when the server closes. */
const longestHeadersMs = 1000;

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An HTTP server that answers predictions of a model. */
export function createModelServer(first: NeuralNetwork | TabularModel, options: ModelServerOptions = {}): ModelServer {
  const {
    title = 'Chainrule',
    version = '',
    maxBody = 2 ** 20,
    bodyTimeout = 30_000,
    headersTimeout = 10_000,
    maxWaiting = 10_000,
  } = options;
  const limits: BodyLimits = { bytes: maxBody, ms: bodyTimeout };
  const metrics = new Metrics();
  const queue = new Queue(maxWaiting, (rows) => metrics.batches.observe(rows));
  let serving = new Predicting(servedModel(first), queue, metrics);
  let isClosing = false;
  const underWay = new Set<ServerResponse>();
  const sockets = new Set<Socket>();

  async function predict(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const begin = performance.now();
    response.on('close', () => metrics.seconds.observe((performance.now() - begin) / 1000));
    const now = serving;
    if (kindOf(request) === 'ndjson') return answerLines({ request, response, limits, model: now, metrics });
    const body = await readJson(request, limits);
    // An array is a row of a plain network, or else a list of records or rows.
    const isList = Array.isArray(body) && (now.model.kind === 'record' || body.length === 0 || Array.isArray(body[0]));
    return sendJson(response, 200, await (isList ? now.many(body) : now.one(body)));
  }

  const health: Handler = (_, response) => {
    const { model, since } = serving;
    const { inputSize, outputSize, parameterCount: parameters } = model.network;
    const status = isClosing ? 'closing' : 'ok';
    sendJson(response, isClosing ? 503 : 200, { status, inputSize, outputSize, parameters, since, waiting: queue.waiting });
  };

  const routes: Record<string, Record<string, Handler>> = {
    '/': {
      GET: (_, response) => {
        const policy = `${contentSecurityPolicy({ script: 'form.js', live: true })}; frame-ancestors 'none'`;
        send(response, 200, renderForm(serving.model, title), { 'content-type': html, 'content-security-policy': policy });
      },
    },
    '/predict': { POST: predict },
    '/schema': { GET: (_, response) => sendJson(response, 200, openApi(serving.model, version)) },
    '/health': { GET: health },
    '/metrics': { GET: (_, response) => send(response, 200, metrics.text(queue.waiting), { 'content-type': prometheus }) },
  };

  function handlerOf({ url = '', method = '' }: IncomingMessage): Handler {
    const [path = ''] = url.split('?');
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) throw new HttpError(404, 'NOT_FOUND', `there is ${Object.keys(routes).join(', ')}`);
    const allowed = Object.keys(route).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
    const handler = route[method === 'HEAD' ? 'GET' : method];
    if (handler === undefined)
      throw new HttpError(405, 'METHOD_NOT_ALLOWED', `use ${allowed.join(' or ')}`, { headers: { allow: allowed.join(', ') } });
    return handler;
  }

  async function fail(request: IncomingMessage, response: ServerResponse, error: unknown): Promise<void> {
    const answer = error instanceof HttpError ? error : new HttpError(500, 'INTERNAL', 'internal error');
    if (answer.status === 413) await discardRest(request);
    if (response.destroyed || request.socket.destroyed) return;
    if (answer.status === 500) console.error(error);
    metrics.errors.add({ code: answer.code });
    if (response.headersSent) response.destroy();
    else sendJson(response, answer.status, answer.body, answer.headers);
  }

  const server = createServer(
    { headersTimeout, requestTimeout: 0, keepAliveTimeout: keepAliveMs, connectionsCheckingInterval: 1000 },
    async (request, response) => {
      underWay.add(response);
      if (isClosing) response.setHeader('connection', 'close');
      const path = (request.url ?? '').split('?')[0] as string;
      response.on('close', () => underWay.delete(response));
      response.on('finish', () => {
        if (isClosing) request.socket.destroySoon(); // a stream has sent its headers before
        metrics.requests.add({ path: Object.hasOwn(routes, path) ? path : 'other', status: String(response.statusCode) });
      });
      try {
        await handlerOf(request)(request, response);
      } catch (error) {
        await fail(request, response, error);
      }
    },
  );

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  return {
    server,
    async replace(model) {
      const old = serving;
      serving = new Predicting(servedModel(model), queue, metrics);
      metrics.reloads.add({ result: 'success' });
      await old.close();
    },
    countFailedReload: () => metrics.reloads.add({ result: 'failure' }),
    async close() {
      isClosing = true;
      for (const response of underWay) if (!response.headersSent) response.setHeader('connection', 'close');
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const drop = (isDropped: (socket: Socket) => boolean): void => {
        const busy = new Set(Array.from(underWay, ({ req }) => req.socket));
        for (const socket of sockets) if (!busy.has(socket) && isDropped(socket)) socket.destroy();
      };
      // Browsers and load balancers open connections ahead of requests: those are not idle for Node.js.
      drop(({ bytesRead }) => bytesRead === 0);
      const timer = setTimeout(drop, longestHeadersMs, () => true);
      await closed;
      clearTimeout(timer);
      await serving.close();
    },
  };
}

/** The time that the rest of a body which is too large may take. */
const longestRestMs = 1000;

/** Reads what comes of a body, and drops it. A client that still sends when the connection is closed would never see the answer. */
async function discardRest(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  request.resume();
  const signal = AbortSignal.timeout(longestRestMs);
  await once(request, 'end', { signal }).catch(() => {}); // it took too long, or the client is gone
}

const html = 'text/html; charset=utf-8';
const prometheus = 'text/plain; version=0.0.4; charset=utf-8';

function sendJson(response: ServerResponse, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
  send(response, status, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json', ...headers });
}

function send(response: ServerResponse, status: number, text: string, headers: Readonly<Record<string, string>>): void {
  if (response.destroyed) return;
  const length = String(Buffer.byteLength(text));
  response.writeHead(status, { 'content-length': length, 'x-content-type-options': 'nosniff', ...headers }).end(text);
}
