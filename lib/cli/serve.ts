import { once } from 'node:events';
import { unwatchFile, watchFile } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { info, NeuralNetwork, setThreads, threads } from '../index';
import { TabularModel } from '../tabular/index';
import { portNumber, readArguments, wholeNumber } from './arguments';
import { createModelServer, type ModelServer } from './serve/server';

/** How often a model's file is looked at. Notices of the file system get lost in containers and on network drives. */
const lookEveryMs = 500;
/** After this the process ends, whatever clients still wait. */
const longestGoodbyeMs = 10_000;

/** `chainrule serve`: answers predictions over HTTP. */
export async function run(args: string[]): Promise<void> {
  const { flags, positionals } = readArguments('serve', args, ['MODEL'], {
    port: { type: 'string', default: '3000' },
    host: { type: 'string', default: '127.0.0.1' },
    watch: { type: 'boolean', default: false },
    'max-body': { type: 'string' },
    'max-waiting': { type: 'string' },
  });
  const [file] = positionals as [string];
  const port = portNumber('--port', flags.port as string);
  const limits = {
    ...(flags['max-body'] !== undefined && { maxBody: wholeNumber('--max-body', flags['max-body'] as string) }),
    ...(flags['max-waiting'] !== undefined && { maxWaiting: wholeNumber('--max-waiting', flags['max-waiting'] as string) }),
  };
  setThreads(Math.max(1, threads() - 1)); // one core stays free for requests
  const model = await loadModel(file);
  const served = createModelServer(model, { title: path.basename(file), version: info().version, ...limits });
  const { server } = served;
  server.listen(port, flags.host as string);
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
  console.log(`${file}: ${describeModel(model)}`);
  console.log(`${addressOf(server.address() as AddressInfo)}  a form to try it; POST /predict; GET /schema, /health, /metrics`);
}

/** A tabular model, or a plain network. */
async function loadModel(file: string): Promise<TabularModel | NeuralNetwork> {
  try {
    return await TabularModel.load(file);
  } catch (error) {
    if (!/is not a tabular model/.test((error as Error).message)) throw error;
    return NeuralNetwork.load(file);
  }
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
        console.log(`loaded ${file}`);
      } catch (error) {
        served.countFailedReload();
        console.error(`the old model stays: ${(error as Error).message}`);
      }
    }
    isLoading = false;
  };
  return () => void reload();
}

function describeModel(model: TabularModel | NeuralNetwork): string {
  if (model instanceof TabularModel) {
    const { target, columns } = model.schema;
    return `${target.name} from ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`;
  }
  return `a network of ${model.inputSize} inputs and ${model.outputSize} outputs`;
}

function addressOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
