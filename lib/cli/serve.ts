import { once } from 'node:events';
import { unwatchFile, watchFile } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { info, setThreads, threads } from '../index';
import { messageOf } from './failure';
import type { Arguments } from './flags/flag';
import type { serveFlags } from './flags/lists';
import { describeModel, loadModel, modelFile } from './model-file';
import { createModelServer, type ModelServer } from './serve/server';
import { visible } from './terminal-text';

/** How often a model's file is looked at. Notices of the file system get lost in containers and on network drives. */
const lookEveryMs = 500;
/** After this the process ends, whatever clients still wait. */
const longestGoodbyeMs = 10_000;

/** `chainrule serve`: answers predictions over HTTP. */
export async function run({ flags, words }: Arguments<typeof serveFlags>): Promise<void> {
  const { port = 3000, host = '127.0.0.1', 'max-body': maxBody, 'max-waiting': maxWaiting } = flags;
  const file = await modelFile(words[0] as string);
  const limits = { ...(maxBody !== undefined && { maxBody }), ...(maxWaiting !== undefined && { maxWaiting }) };
  setThreads(Math.max(1, threads() - 1)); // one core stays free for requests
  const model = await loadModel(file);
  const served = createModelServer(model, { title: path.basename(file), version: info().version, ...limits });
  const { server } = served;
  server.listen(port, host);
  await once(server, 'listening');

  const reload = reloading(file, served);
  process.on('SIGHUP', reload);
  if (flags.watch === true) {
    watchFile(file, { interval: lookEveryMs }, (now, before) => {
      const isOther = now.mtimeMs !== before.mtimeMs || now.ino !== before.ino || now.size !== before.size;
      if (isOther && now.mtimeMs !== 0) reload();
    });
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      unwatchFile(file);
      setTimeout(() => process.exit(1), longestGoodbyeMs).unref();
      void served.close().then(() => console.log('closed'));
    });
  }
  console.log(visible(`${file}: ${describeModel(model)}`));
  console.log(`${addressOf(server.address() as AddressInfo)}  a form to try it; POST /predict; GET /schema, /health, /metrics`);
}

/** Loads the file again, one load at a time: the last one that was asked for is the one that stays. */
function reloading(file: string, served: ModelServer): () => void {
  let isLoading = false;
  let isWanted = false;
  const reload = async (): Promise<void> => {
    isWanted = true;
    if (isLoading) return;
    isLoading = true;
    while (isWanted) {
      isWanted = false;
      try {
        await served.replace(await loadModel(file));
        console.log(visible(`loaded ${file}`));
      } catch (error) {
        served.countFailedReload();
        console.error(`the old model stays: ${messageOf(error)}`);
      }
    }
    isLoading = false;
  };
  return () => void reload();
}

function addressOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
