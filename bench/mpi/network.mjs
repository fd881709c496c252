// Ranks as if on machines of their own: in network namespaces of Linux, whose links to a switch have a limited speed. Needs root, iproute2
// and Open MPI.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
const nameOf = (node) => (node === undefined ? 'chainrule-switch' : `chainrule-${node}`);
const addressOf = (node) => `10.213.7.${node + 1}`;

/** Why this machine cannot have such a network; undefined where it can. */
export function missing(mpirun) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'root on Linux';
  if (['ip', 'tc'].some((program) => spawnSync(program, ['-Version']).error)) return 'ip and tc, of iproute2';
  return /Open MPI|OpenRTE/.test(spawnSync(mpirun, ['--version'], { encoding: 'utf8' }).stdout ?? '')
    ? undefined
    : 'the mpirun of Open MPI';
}

/** A network of nodes; `rate` is that of tc, as in '10gbit', in each direction of each node's link. It is there until close() is called. */
export class Network {
  #nodes;
  #folder = mkdtempSync(path.join(tmpdir(), 'chainrule-network-'));

  constructor(nodes, rate) {
    this.#nodes = nodes;
    this.#removeNodes(); // of a benchmark that was ended by Ctrl-C
    try {
      run('ip', 'netns', 'add', nameOf());
      this.#in(undefined, 'ip', 'link', 'add', 'bridge', 'type', 'bridge');
      this.#in(undefined, 'ip', 'link', 'set', 'bridge', 'up');
      for (let node = 0; node < nodes; node++) this.#addNode(node, rate);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #in(node, ...command) {
    run('ip', 'netns', 'exec', nameOf(node), ...command);
  }

  #addNode(node, rate) {
    const port = `port${node}`;
    run('ip', 'netns', 'add', nameOf(node));
    run('ip', 'link', 'add', 'eth0', 'netns', nameOf(node), 'type', 'veth', 'peer', 'name', port, 'netns', nameOf());
    this.#in(node, 'ip', 'address', 'add', `${addressOf(node)}/24`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) this.#in(node, 'ip', 'link', 'set', device, 'up');
    this.#in(undefined, 'ip', 'link', 'set', port, 'master', 'bridge', 'up');
    const limit = ['root', 'tbf', 'rate', rate, 'burst', '1mb', 'latency', '20ms'];
    this.#in(node, 'tc', 'qdisc', 'add', 'dev', 'eth0', ...limit);
    this.#in(undefined, 'tc', 'qdisc', 'add', 'dev', port, ...limit);
  }

  /** The command that starts a rank of what follows it on each node, from the first one. */
  launch(mpirun) {
    // In place of ssh: node names and namespaces have the same numbers. Each has a host name of its own, by which MPI tells machines apart.
    const agent = path.join(this.#folder, 'agent');
    const lines = [
      '#!/bin/sh',
      'name=chainrule-$(expr $(echo "$1" | cut -d. -f4) - 1)',
      'shift',
      'exec ip netns exec $name unshare --uts sh -c "hostname $name; $*"',
    ];
    writeFileSync(agent, `${lines.join('\n')}\n`, { mode: 0o755 });
    const nodes = Array.from({ length: this.#nodes }, (_, node) => addressOf(node));
    const settings = {
      plm_rsh_agent: agent,
      btl: 'self,tcp',
      btl_tcp_if_include: 'eth0',
      oob_tcp_if_include: 'eth0',
      orte_keep_fqdn_hostnames: '1',
    };
    return [
      ...['ip', 'netns', 'exec', nameOf(0), mpirun, '-n', String(this.#nodes), '--host', nodes.join(','), '--bind-to', 'none'],
      ...Object.entries(settings).flatMap(([name, value]) => ['--mca', name, value]),
    ];
  }

  #removeNodes() {
    for (const node of [undefined, ...Array(this.#nodes).keys()]) spawnSync('ip', ['netns', 'delete', nameOf(node)]);
  }

  close() {
    this.#removeNodes();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
