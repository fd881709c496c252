import { once } from 'node:events';
import net from 'node:net';

const longestMs = 20_000;

/** Sends text as it is over a connection of its own, and more of it later; resolves with all that comes back once the other side closes. */
export async function sendRaw(port: number, text: string, later?: Promise<string>): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setTimeout(longestMs, () => socket.destroy(new Error('the connection stays open')));
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.write(text);
  later?.then((more) => socket.write(more));
  await once(socket, 'close');
  return answer;
}
