import { ChainruleError } from '../errors';
import { type NativeNetwork, native } from '../native';
import { checkNetwork, checkShared, type NetworkOptions, type NetworkSpec, type SharedNetwork } from '../options';
import { processId } from '../process-id';

/** Registers a network with the process, once; the handle is the same every time. */
export function share(network: NativeNetwork, spec: NetworkSpec): SharedNetwork {
  return { chainrule: 'network', process: processId, id: network.share(JSON.stringify(spec)) };
}

/** A shared network on its way into a `NeuralNetwork`. It is in a private field, so that nothing that replaces built-ins sees it. */
export class Opened {
  readonly spec: NetworkSpec;
  readonly #network: NativeNetwork;

  constructor(spec: NetworkSpec, network: NativeNetwork) {
    this.spec = spec;
    this.#network = network;
  }

  get network(): NativeNetwork {
    return this.#network;
  }

  /** For the constructor, which has no second parameter. */
  asOptions(): NetworkOptions {
    return this as unknown as NetworkOptions;
  }

  /** The object that `asOptions` has hidden, or undefined for ordinary options. */
  static in(options: NetworkOptions): Opened | undefined {
    return typeof options === 'object' && options !== null && #network in options ? options : undefined;
  }
}

/** The shared network of a handle, and what it is like. */
export function openShared(handle: unknown): { network: NativeNetwork; spec: NetworkSpec } {
  const { process: pid, id } = checkShared(handle, 'handle');
  if (pid !== processId) {
    throw notShared(`the handle is of process ${pid}, and this is process ${processId}: save the network there and load it here`);
  }
  const network = native.openShared(id);
  if (network?.sharedSpec === undefined) {
    throw notShared('no network of this process has this handle; it lasts as long as one of its NeuralNetwork objects is in use: keep one');
  }
  return { network, spec: checkNetwork(JSON.parse(network.sharedSpec), 'spec') };
}

function notShared(message: string): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_SHARED', message);
}
