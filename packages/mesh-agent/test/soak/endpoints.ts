import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { agentPaths } from '../../src/paths.ts';
import type { Lab } from '../frr/lab.ts';
import { publishSlice, startKubeApi } from '../live/kube-api.ts';
import { startRelay, type Relay } from './relay.ts';

/** The mesh as a real kube-apiserver tells it to agents in networks without a way out. */
export interface Endpoints {
  /** Environment of an agent that asks it. */
  readonly env: Readonly<Record<string, string>>;
  /** Lets an agent beside bgpd `number`, whose pod's file system is at `root`, reach it. */
  letIn(number: number, root: string): Promise<void>;
  publish(pods: readonly Endpoint[]): Promise<void>;
  /** Forgets what was: whoever watches has to read the list anew. */
  compact(): Promise<void>;
  /** What lies between the agents and it. */
  readonly way: Relay;
  remove(): Promise<void>;
}

export interface Endpoint {
  readonly pod: string;
  readonly address: string;
}

/** How many endpoints one slice takes here: Kubernetes has several of a Service from 100 on. */
const endpointsInSlice = 3;
const slices = 3;

export async function startEndpoints(lab: Lab, folder: string): Promise<Endpoints> {
  const api = await startKubeApi();
  const socket = path.join(folder, 'kube-api.sock');
  const way = await startRelay(socket, { host: api.host, port: Number(api.port) });
  let published = Promise.resolve();
  const publish = async (pods: readonly Endpoint[]) => {
    for (let slice = 0; slice < slices; slice += 1) {
      const inSlice = pods.slice(slice * endpointsInSlice, (slice + 1) * endpointsInSlice);
      await publishSlice(api, `core-${String(slice)}`, inSlice);
    }
  };
  return {
    env: { KUBERNETES_SERVICE_HOST: api.host, KUBERNETES_SERVICE_PORT: api.port },
    letIn: async (number, root) => {
      const account = agentPaths(root).serviceAccount;
      mkdirSync(account, { recursive: true });
      writeFileSync(path.join(account, 'ca.crt'), api.ca());
      writeFileSync(path.join(account, 'token'), api.tokens.agent);
      const program = path.join(import.meta.dirname, 'relay-process.ts');
      const relay = lab.startBeside(number, [process.execPath, program, api.host, api.port, socket]);
      if (relay.stdout) await once(relay.stdout, 'data');
    },
    publish: (pods) => {
      // One after the other: what was said last is what holds.
      published = published.then(() => publish(pods));
      return published;
    },
    compact: () => api.compact(),
    way,
    remove: async () => {
      way.close();
      await api.remove();
    },
  };
}
