import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/*
 * A page on this computer talks only to a browser that was given its address. Other web sites can send requests to loopback, and by
 * DNS rebinding even read the answers: then Host is their name. Other users of the computer can do all that, but do not know the token.
 */

/** A part of an address that cannot be guessed. */
export function newToken(): string {
  return randomBytes(16).toString('hex');
}

export function sameToken(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether Host is loopback itself, and Origin, where there is one, the page's own. */
export function isFromLoopback({ headers }: IncomingMessage, port: number): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  const { host, origin } = headers;
  return host !== undefined && hosts.includes(host) && (origin === undefined || origin === `http://${host}`);
}
