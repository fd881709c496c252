import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, Message } from './data';
import { contentSecurityPolicy, renderPage } from './html';
import { isFromLoopback, newToken, sameToken } from './loopback';

export interface PageServerOptions {
  title: string;
  /** 0: any that is free. */
  port: number;
  /** Everything so far, for a browser that has just connected. */
  whole: () => Message;
  onCommand: (command: Command) => void;
  onConnect: () => void;
}

export interface PageServer {
  readonly url: string;
  /** Browsers that have the page open. */
  readonly viewers: number;
  send(message: Message): void;
  close(): Promise<void>;
}

const largestCommand = 1024;
/** A browser that does not read has its messages left out rather than kept in memory. */
const largestBacklog = 4 * 2 ** 20;
const keepAliveMs = 15_000;
/** A browser that does not read is not waited for. */
const longestGoodbyeMs = 1000;

/** Serves the live page on loopback: the page, its events, and the commands of its buttons. */
export async function servePage(options: PageServerOptions): Promise<PageServer> {
  const token = newToken();
  const page = renderPage(options.title);
  const viewers = new Set<ServerResponse>();
  let port = 0;

  const answer = (response: ServerResponse, status: number, text = '', headers: Record<string, string> = {}): void => {
    response.writeHead(status, { ...safe, 'content-type': 'text/plain; charset=utf-8', ...headers }).end(text);
  };

  const watch = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(200, { ...safe, 'content-type': 'text/event-stream' });
    response.write(event(options.whole()));
    viewers.add(response);
    request.on('close', () => viewers.delete(response));
    options.onConnect();
  };

  const routes: Record<string, Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
    '': {
      GET: (_, response) => {
        const policy = `${contentSecurityPolicy({ script: 'client.js', live: true })}; frame-ancestors 'none'`;
        answer(response, 200, page, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy });
      },
    },
    events: { GET: watch },
    command: {
      POST: async (request, response) => {
        const command = await readCommand(request);
        if (command === undefined) return answer(response, 400, 'there is no such command');
        options.onCommand(command);
        answer(response, 204);
      },
    },
  };

  const server = createServer((request, response) => {
    if (!isFromLoopback(request, port)) return answer(response, 403, 'only for the page on this computer');
    const [, given = '', name = '', ...rest] = (request.url ?? '').split('/');
    if (!sameToken(given, token) || rest.length > 0 || !Object.hasOwn(routes, name)) return answer(response, 404, 'not found');
    const route = routes[name] ?? {};
    const handler = route[request.method ?? ''];
    if (handler === undefined) return answer(response, 405, 'not allowed', { allow: Object.keys(route).join(', ') });
    handler(request, response);
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  const keepAlive = setInterval(() => {
    for (const viewer of viewers) viewer.write(':\n\n');
  }, keepAliveMs).unref();

  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    get viewers() {
      return viewers.size;
    },
    send(message) {
      const text = event(message);
      for (const viewer of viewers) {
        if (viewer.writableLength > largestBacklog)
          viewer.destroy(); // it connects again, and is told everything
        else viewer.write(text);
      }
    },
    async close() {
      clearInterval(keepAlive);
      const closed = new Promise((resolve) => server.close(resolve));
      const told = Array.from(viewers, (viewer) => new Promise<void>((resolve) => viewer.on('close', resolve).end(resolve)));
      await Promise.race([Promise.all(told), sleep(longestGoodbyeMs)]);
      // Browsers open connections ahead of requests: those are not idle for Node.js.
      server.closeAllConnections();
      await closed;
    },
  };
}

const safe = {
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

function event(message: Message): string {
  return `data: ${JSON.stringify(message)}\n\n`;
}

/** A command, or undefined if it is none. The type of its content is one that no other web site can send without asking first. */
async function readCommand(request: IncomingMessage): Promise<Command | undefined> {
  if (request.headers['content-type'] !== 'application/json') return undefined;
  let body = '';
  try {
    for await (const chunk of request) {
      body += chunk;
      if (body.length > largestCommand) return undefined;
    }
    const { do: what, speed } = JSON.parse(body) as { do: unknown; speed?: unknown };
    if (what === 'speed') {
      const isSpeed = speed === null || (typeof speed === 'number' && speed > 0 && Number.isFinite(speed));
      return isSpeed ? { do: 'speed', speed } : undefined;
    }
    const known = ['stop', 'abort', 'pause', 'resume', 'step'] as const;
    const found = known.find((name) => name === what);
    return found && { do: found };
  } catch {
    return undefined;
  }
}
