import { ChainruleError } from '../errors';
import { type NativeNetwork, native } from '../native';
import { checkNetwork, checkShared, type NetworkSpec, type SharedNetwork } from '../options';
import { processId } from '../process-id';

/** Registers a network with the process, once; the handle is the same every time. */
export function share(network: NativeNetwork, spec: NetworkSpec): SharedNetwork {
  return { chainrule: 'network', process: processId, id: network.share(JSON.stringify(spec)) };
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
  return { network, spec: checkNetwork(JSON.parse(network.sharedSpec)) };
}

function notShared(message: string): ChainruleError {
  return new ChainruleError('ERR_CHAINRULE_SHARED', message);
}
