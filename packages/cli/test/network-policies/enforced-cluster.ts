import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { endChild } from '@meshrs/test-kit/daemon';
import { startNamespace, type NetworkNamespace } from '@meshrs/test-kit/namespace';
import { createScratch } from '@meshrs/test-kit/scratch';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { parse } from 'yaml';
import {
  startKubeApiserver,
  type ApiAnswer,
  type ApiObject,
  type KubeApiserver,
} from '../../src/validating/kube-apiserver.test-support.ts';

/** A pod on the node of the test, or one on another node, of which there is the address alone. */
export interface TestPod {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
  /** TCP ports on which somebody listens there. */
  readonly listens?: readonly number[];
  readonly isElsewhere?: true;
}

export interface Probe {
  /** A pod's name; "node": the node itself; "outside": what lies beyond it. */
  readonly from: string;
  /** The address from which the packets come. */
  readonly source: string;
  readonly to: string;
  readonly port: number;
}

/**
 * One node that real kube-router keeps NetworkPolicies on, over a real kube-apiserver: the node, its pods and what lies
 * beyond are network namespaces without a way out, and the pods are objects that the test writes.
 */
export interface EnforcedCluster {
  readonly api: KubeApiserver;
  apply(object: ApiObject): Promise<void>;
  /** What becomes of a connection: "connected", or an error's code; in the order of the probes. */
  probe(probes: readonly Probe[]): Promise<readonly string[]>;
  readonly end: () => Promise<void>;
}

const nodeAddress = '172.16.1.13';
const otherNode = '172.16.2.13';
const inside = { pods: '10.244.0.1', range: '10.244.0.0/24' };
const uplink = { node: '172.30.0.2', outside: '172.30.0.1' };

export async function startEnforcedCluster(options: {
  readonly pods: readonly TestPod[];
  /** Addresses beyond the node, each with all of the ports. */
  readonly outside: { readonly addresses: readonly string[]; readonly ports: readonly number[] };
}): Promise<EnforcedCluster> {
  const scratch = createScratch();
  const ends: (() => unknown)[] = [
    () => {
      scratch.remove();
    },
  ];
  const end = async (): Promise<void> => {
    for (const one of ends.splice(0).reverse()) await one();
  };
  try {
    const api = await startKubeApiserver();
    ends.push(() => api.stop());
    const places = await makeNetwork(options, ends);
    const apply = async (object: ApiObject): Promise<void> => {
      await accepted(`${object.kind} ${object.metadata.name}`, api.apply(object));
    };
    await writeObjects(api, apply, options.pods);
    for (const { name, address, listens = [], isElsewhere } of options.pods) {
      if (listens.length > 0) await listen(placeOf(places, isElsewhere ? 'outside' : name), [address], listens, ends);
    }
    await listen(placeOf(places, 'outside'), options.outside.addresses, options.outside.ports, ends);
    await startKubeRouter(api, placeOf(places, 'node'), scratch.folder, ends);
    return { api, apply, probe: (probes) => probeAll(places, probes), end };
  } catch (error) {
    await end();
    throw error;
  }
}

type Places = ReadonlyMap<string, NetworkNamespace>;

function placeOf(places: Places, name: string): NetworkNamespace {
  const place = places.get(name);
  if (!place) throw new Error(`the test has no place ${name}`);
  return place;
}

async function makeNetwork(
  { pods, outside }: Parameters<typeof startEnforcedCluster>[0],
  ends: (() => unknown)[],
): Promise<Places> {
  const names = ['node', 'outside', ...pods.filter(({ isElsewhere }) => !isElsewhere).map(({ name }) => name)];
  const places = new Map<string, NetworkNamespace>();
  for (const name of names) {
    const place = await startNamespace();
    ends.push(() => place.end());
    places.set(name, place);
  }
  const [node, beyond] = [placeOf(places, 'node'), placeOf(places, 'outside')];
  node.run([
    'sh',
    '-ec',
    'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables',
  ]);
  node.ip([
    'link set lo up',
    `address add ${nodeAddress}/32 dev lo`,
    `link add up0 type veth peer name down0 netns ${String(beyond.pid)}`,
    `address add ${uplink.node}/30 dev up0`,
    'link set up0 up',
    'link add pods0 address 02:00:00:00:00:01 type bridge',
    `address add ${inside.pods}/24 dev pods0`,
    'link set pods0 up',
  ]);
  beyond.ip([
    'link set lo up',
    `address add ${uplink.outside}/30 dev down0`,
    'link set down0 up',
    `route add ${inside.range} via ${uplink.node}`,
    `route add ${nodeAddress} via ${uplink.node}`,
    ...[otherNode, ...outside.addresses, ...pods.filter((pod) => pod.isElsewhere).map((pod) => pod.address)].map(
      (address) => `address add ${address}/32 dev lo`,
    ),
  ]);
  node.ip([`route add default via ${uplink.outside} src ${nodeAddress}`]);
  for (const [index, { name, address }] of pods.filter(({ isElsewhere }) => !isElsewhere).entries()) {
    const pod = placeOf(places, name);
    const port = `p${String(index)}`;
    node.ip([`link add ${port} type veth peer name eth0 netns ${String(pod.pid)}`, `link set ${port} master pods0 up`]);
    pod.ip([
      'link set lo up',
      `address add ${address}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${inside.pods}`,
    ]);
  }
  return places;
}

async function writeObjects(
  api: KubeApiserver,
  apply: (object: ApiObject) => Promise<void>,
  pods: readonly TestPod[],
): Promise<void> {
  for (const [name, address] of [
    ['here', nodeAddress],
    ['elsewhere', otherNode],
  ] as const) {
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name } };
    await accepted(`Node ${name}`, api.request('PATCH', `/api/v1/nodes/${name}?fieldManager=test`, node));
    await writeStatus(
      api,
      `/api/v1/nodes/${name}`,
      { kind: 'Node', metadata: { name } },
      {
        addresses: [{ type: 'InternalIP', address }],
      },
    );
  }
  for (const namespace of new Set(pods.map((pod) => pod.namespace))) {
    // kube-apiserver makes its own by itself, a moment after its start.
    await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } });
  }
  for (const { name, namespace, labels, address, isElsewhere } of pods) {
    await apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels } as ApiObject['metadata'],
      spec: {
        nodeName: isElsewhere ? 'elsewhere' : 'here',
        automountServiceAccountToken: false,
        containers: [{ name: 'one', image: 'one' }],
      },
    });
    await writeStatus(
      api,
      `/api/v1/namespaces/${namespace}/pods/${name}`,
      { kind: 'Pod', metadata: { name, namespace } },
      {
        phase: 'Running',
        ...{ podIP: address, podIPs: [{ ip: address }], hostIP: isElsewhere ? otherNode : nodeAddress },
      },
    );
  }
}

async function writeStatus(api: KubeApiserver, path: string, object: object, status: object): Promise<void> {
  const text = `${path}/status?fieldManager=test-status&force=true`;
  await accepted(path, api.request('PATCH', text, { apiVersion: 'v1', ...object, status }));
}

async function accepted(what: string, asked: Promise<ApiAnswer>): Promise<void> {
  const { status, body } = await asked;
  if (status > 201) throw new Error(`${what}: ${JSON.stringify(body)}`);
}

const listener = `
const [addresses, ports] = process.argv.slice(1).map((each) => each.split(','));
const all = addresses.flatMap((host) => ports.map((port) => new Promise((done, failed) => {
  require('node:net').createServer((socket) => socket.on('error', () => {}).end()).on('error', failed).listen(port, host, done);
})));
Promise.all(all).then(() => console.log('listens'));
`;

async function listen(
  place: NetworkNamespace,
  addresses: readonly string[],
  ports: readonly number[],
  ends: (() => unknown)[],
): Promise<void> {
  const child = place.start([process.execPath, '-e', listener, addresses.join(','), ports.join(',')]);
  ends.push(() => endChild(child));
  if (child.stdout) await once(child.stdout, 'data');
}

/** In no namespace of the node does anybody reach the API server of the test: a socket in a file leads there. */
async function startKubeRouter(
  api: KubeApiserver,
  node: NetworkNamespace,
  folder: string,
  ends: (() => unknown)[],
): Promise<void> {
  const socket = join(folder, 'api.sock');
  const relay = net.createServer((from) => {
    const to = net.connect(6443, api.host);
    from.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => from.destroy()).pipe(from);
  });
  await new Promise<void>((resolve) => relay.listen(socket, resolve));
  ends.push(() => relay.close());
  const script = `const net = require('node:net'); net.createServer((from) => { const to = net.connect(process.argv[1]);
    from.on('error', () => to.destroy()).pipe(to); to.on('error', () => from.destroy()).pipe(from);
  }).listen(6443, '127.0.0.1', () => console.log('listens'));`;
  const beside = node.start([process.execPath, '-e', script, socket]);
  ends.push(() => endChild(beside));
  if (beside.stdout) await once(beside.stdout, 'data');
  const kubeconfig = join(folder, 'kube-router.kubeconfig');
  const given = parse(readFileSync(api.writeKubeconfig('admin'), 'utf8')) as { clusters: [{ cluster: object }] };
  const [{ cluster }] = given.clusters;
  Object.assign(cluster, { server: 'https://127.0.0.1:6443', 'tls-server-name': api.host });
  writeFileSync(kubeconfig, JSON.stringify(given));
  const child = node.start([
    ...['env', 'NODE_NAME=here', locateTool('kube-router'), `--kubeconfig=${kubeconfig}`],
    ...['--run-firewall=true', '--run-router=false', '--run-service-proxy=false'],
    ...['--service-cluster-ip-range=10.96.0.0/16', '--health-port=0', '--v=1'],
  ]);
  ends.push(() => endChild(child));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => (said += piece.toString()));
  await waitFor(
    'kube-router has made its rules',
    () => {
      if (child.exitCode !== null) throw new Error(`kube-router ended: ${said.slice(-2000)}`);
      return Promise.resolve(said);
    },
    (log) => log.includes('sync iptables took'),
    60_000,
    100,
  );
}

const prober = `
const probes = JSON.parse(process.argv[1]);
const one = ({ source, to, port }) => new Promise((done) => {
  const socket = require('node:net').connect({ host: to, port, localAddress: source });
  const end = (result) => { done(result); socket.destroy(); };
  socket.setTimeout(4000, () => end('timeout'));
  socket.on('connect', () => end('connected'));
  socket.on('error', (error) => end(error.code));
});
Promise.all(probes.map(one)).then((results) => console.log(JSON.stringify(results)));
`;

async function probeAll(places: Places, probes: readonly Probe[]): Promise<readonly string[]> {
  const results = new Map<Probe, string>();
  await Promise.all(
    [...Map.groupBy(probes, ({ from }) => from)].map(async ([from, own]) => {
      const child = placeOf(places, from).start([process.execPath, '-e', prober, JSON.stringify(own)]);
      const output = child.stdout ? await text(child.stdout) : '';
      const answers = JSON.parse(output) as string[];
      for (const [index, probe] of own.entries()) results.set(probe, answers[index] ?? 'nothing');
    }),
  );
  return probes.map((probe) => results.get(probe) ?? 'nothing');
}
