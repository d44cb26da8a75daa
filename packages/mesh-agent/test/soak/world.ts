import { globSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { drainRequestText, manyLeavingBounds } from '@meshrs/contract';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { createScratch } from '@meshrs/test-kit/scratch';
import { locateTool } from '@meshrs/tools/locate';
import { startLab, type Lab } from '../frr/lab.ts';
import { agentPaths } from '../../src/paths.ts';
import { agentCommand, imageEnvironment, preparePod, startAgent, type AgentProcess } from '../scale/agent-process.ts';
import { openChannel } from '../scale/channel.ts';
import { startCrowdIn, startLookerIn, type LookerOfLab } from '../scale/clients-side.ts';
import { addressAfter } from '../scale/crowd-members.ts';
import type { CrowdEvent } from '../scale/crowd.ts';
import { startEndpoints, type Endpoint, type Endpoints } from './endpoints.ts';
import type { HostileMessage, HostileRequest } from './hostile-process.ts';
import { inspectorFlag, measureMemory } from './measure-memory.ts';
import type { Memory } from './memory-process.ts';
import type { SettingsExtras, Side } from './plan.ts';

export const sides = ['a', 'b'] as const;
export const bgpAddress: Readonly<Record<Side, string>> = { a: '10.99.0.1', b: '10.99.0.2' };
const numberOf: Readonly<Record<Side, number>> = { a: 1, b: 2 };
const dnsAddress = '10.99.255.254';
const meshName = 'rs.mesh.example';
const firstClient = '192.168.0.1';

/** Two route servers, each a real bgpd with the built agent, a name server, good clients of both, and hostile peers. */
export interface SoakWorld {
  readonly agents: Readonly<Record<Side, AgentProcess>>;
  readonly engines: Readonly<Record<Side, Bgpd>>;
  readonly looker: LookerOfLab;
  /** Addresses of the good clients. */
  readonly clients: readonly string[];
  writeSettings(side: Side, text: string): void;
  /** What the name of the mesh holds from now on, or its Service. */
  publish(side: Side, addresses: readonly string[]): Promise<void>;
  /** Sets the wall clock of an agent, against this machine's. */
  setClock(side: Side, aheadSeconds: number): void;
  readonly nameServer: ChildProcess;
  readonly endpoints: Pick<Endpoints, 'way' | 'compact'>;
  hostile(request: HostileRequest): Promise<void>;
  /** What an agent holds once its garbage is collected. */
  memoryOf(side: Side): Promise<Memory>;
  /** Asks for a drain, as `mesh-agent drain` does. */
  drain(side: Side): void;
  /** Runs `mesh-agent undrain` to its end; returns what it said where it failed. */
  undrain(side: Side): Promise<string | undefined>;
  remove(): Promise<void>;
}

export async function startSoakWorld(options: {
  readonly clients: number;
  readonly settings: Readonly<Record<Side, WantedOfSettings>>;
  readonly published: readonly string[];
  readonly onEvent: (event: CrowdEvent) => void;
}): Promise<SoakWorld> {
  const scratch = createScratch();
  const lab = await startLab();
  const hosts = path.join(scratch.folder, 'hosts');
  const writeHosts = (addresses: readonly string[]) => {
    writeFileSync(hosts, addresses.map((address) => `${address} ${meshName}\n`).join(''));
  };
  writeHosts(options.published);
  const endpoints = await startEndpoints(lab, scratch.folder);
  await endpoints.publish(podsOf(options.published));
  const nameServer = startNameServer(lab, scratch.folder, hosts);
  const crowd = startCrowdIn(lab, options.onEvent);
  const hostiles = lab.startAtClients([process.execPath, path.join(import.meta.dirname, 'hostile-process.ts')]);
  const askHostiles = openChannel<{ request: HostileRequest; answer: HostileMessage; other: never }>(hostiles);
  const command = await agentCommand(scratch.folder);
  const [node = '', ...flags] = command;
  const clockOf = (side: Side) => path.join(scratch.folder, `clock-${side}`);
  const setClock = (side: Side, aheadSeconds: number) => {
    writeFileSync(`${clockOf(side)}.new`, `${aheadSeconds < 0 ? '' : '+'}${String(aheadSeconds)}\n`);
    renameSync(`${clockOf(side)}.new`, clockOf(side));
  };
  const startSide = async (side: Side) => {
    const bgpd = await lab.startBgpd(numberOf[side], '');
    const root = path.join(scratch.folder, `pod-${side}`);
    setClock(side, 0);
    const plan = {
      ...{ number: numberOf[side], bgpd, podName: `rs-${side}-0`, settings: options.settings[side].text },
      env: { ...clockFrom(clockOf(side)), ...endpoints.env },
    };
    await preparePod(command, root, plan);
    writeFileSync(path.join(root, 'etc/resolv.conf'), `nameserver ${dnsAddress}\noptions timeout:1 attempts:1\n`);
    await endpoints.letIn(numberOf[side], root);
    return { bgpd, agent: startAgent(lab, [node, inspectorFlag, ...flags], root, plan) };
  };
  const a = await startSide('a');
  const b = await startSide('b');
  const added = await crowd.add({
    firstAddress: firstClient,
    count: options.clients,
    firstAsn: 65_001,
    remotes: sides.map((side) => bgpAddress[side]),
    holdSeconds: 30,
    retryMs: 1000,
    routes: 5,
  });
  const agents = { a: a.agent, b: b.agent };
  return {
    agents,
    engines: { a: a.bgpd, b: b.bgpd },
    looker: startLookerIn(lab),
    clients: Array.from({ length: added.sessions / sides.length }, (_, index) => addressAfter(firstClient, index)),
    writeSettings: (side, text) => {
      const file = path.join(agents[side].root, 'opt/meshrr/conf/meshrr.conf.yml');
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    },
    publish: async (side, addresses) => {
      if (sourceOf[side] === 'kubernetes') {
        await endpoints.publish(podsOf(addresses));
        return;
      }
      writeHosts(addresses);
      nameServer.kill('SIGHUP');
    },
    setClock,
    nameServer,
    endpoints,
    hostile: async (request) => {
      await askHostiles(request);
    },
    memoryOf: (side) => measureMemory((measuring) => lab.startBeside(numberOf[side], measuring)),
    drain: (side) => {
      const { drainRequest } = agentPaths(agents[side].root);
      writeFileSync(`${drainRequest}.new`, drainRequestText({ cause: 'pre-stop', by: 'the soak' }));
      renameSync(`${drainRequest}.new`, drainRequest);
    },
    undrain: async (side) => {
      const undraining = spawn(node, [...flags, 'undrain', '--root', agents[side].root], { env: imageEnvironment });
      const [said] = await Promise.all([text(undraining.stderr), text(undraining.stdout), once(undraining, 'close')]);
      return undraining.exitCode === 0 ? undefined : said;
    },
    remove: async () => {
      for (const side of sides) await agents[side].stop();
      await lab.stop();
      await endpoints.remove();
      scratch.remove();
    },
  };
}

/** faketime(1): the wall clock is what a file says, at each look; the monotonic one is this machine's. */
function clockFrom(file: string): Readonly<Record<string, string>> {
  const [library] = globSync('/usr/lib/*/faketime/libfaketime.so.1');
  if (library === undefined) throw new Error('there is no libfaketime here; run scripts/ensure faketime');
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

function startNameServer(lab: Lab, folder: string, hosts: string): ChildProcess {
  return lab.startAtClients([
    ...[locateTool('dnsmasq'), '--keep-in-foreground', '--conf-file=/dev/null', '--no-hosts', '--no-resolv'],
    ...['--bind-interfaces', `--listen-address=${dnsAddress}`, '--except-interface=none', '--user=root'],
    ...[`--pid-file=${path.join(folder, 'dnsmasq.pid')}`, `--log-facility=${path.join(folder, 'dnsmasq.log')}`],
    ...[`--addn-hosts=${hosts}`, '--local-ttl=1', '--local=/mesh.example/'],
  ]);
}

/** The pods of a mesh; a phantom's is named after its place. */
function podsOf(addresses: readonly string[]): readonly Endpoint[] {
  return addresses.map((address, at) => ({
    pod: `rs-${sides.find((side) => bgpAddress[side] === address) ?? 'x'}-${isPhantom(address) ? String(at) : '0'}`,
    address,
  }));
}

/** Where each side's agent learns of its mesh. */
const sourceOf: Readonly<Record<Side, 'dns' | 'kubernetes'>> = { a: 'dns', b: 'kubernetes' };
const sourceText = {
  dns: `{sourcetype: dns, hostname: ${meshName}.}`,
  kubernetes: '{sourcetype: kubernetes, service: meshrr-core}',
} as const;

/** Ranges and AS numbers of the good clients, and of the hostile ones. */
const goodRange = '192.168.0.0/18';
const hostileRange = '192.168.64.0/18';
export const firstHostile = '192.168.64.1';
const spareRange = '192.168.200.0/24';
const phantomPrefix = '10.98.0.';
const spareNeighbor = '192.168.210.1';

/** What a settings file asks of bgpd, beside what the name server says. */
export interface WantedOfSettings {
  readonly text: string;
  readonly ranges: readonly string[];
  readonly neighbors: readonly string[];
}

export function settingsWith(side: Side, extras: SettingsExtras): WantedOfSettings {
  const ranges = [goodRange, hostileRange, ...(extras.hasSpareRange ? [spareRange] : [])];
  const asns = ['65001-65100', ...(extras.hasSpareAsns ? ['65500-65510'] : [])];
  const neighbors = extras.hasSpareNeighbor ? [spareNeighbor] : [];
  const text = `asn: "65000"
mode: evpnrs
engine: frr
routerIds: {rs-a-0: 192.0.2.101, rs-b-0: 192.0.2.102}
drain: {gracefulShutdownSeconds: ${String(extras.drainSeconds)}, ceaseSeconds: 1}
readiness: {waitsForClients: true}
bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: ${sourceText[sourceOf[side]]}
    manyLeavingSeconds: ${String(manyLeavingBounds.min)}
  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [${ranges.join(', ')}]
    asranges: [${asns.map((range) => `"${range}"`).join(', ')}]
    maximumPrefixes: 100
${neighbors.length === 0 ? '' : `    neighbors:\n${neighbors.map((at) => `      - {name: spare, address: ${at}, asn: "65505"}\n`).join('')}`}`;
  return { text, ranges, neighbors };
}

/** The mesh as it is published: both route servers, and some addresses of nobody. */
export function meshOf(phantoms: number): readonly string[] {
  const addresses = Array.from({ length: phantoms }, (_, at) => `${phantomPrefix}${String(at + 1)}`);
  return [...sides.map((side) => bgpAddress[side]), ...addresses];
}

export function isPhantom(address: string): boolean {
  return address.startsWith(phantomPrefix);
}
