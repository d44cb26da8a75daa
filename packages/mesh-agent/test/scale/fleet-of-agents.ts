import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { dying } from '@meshrs/test-kit/daemon';
import type { Lab } from '../frr/lab.ts';
import { openChannel } from './channel.ts';
import type { FakeAgent } from './fake-agent.ts';
import type { FleetMessage, FleetRequest } from './fleet-process.ts';

/** Agents that say what their route servers have, and have none. */
export interface FleetOfAgents {
  serve(agents: readonly FakeAgent[]): Promise<void>;
  readonly child: ChildProcess;
}

const program = [process.execPath, join(import.meta.dirname, 'fleet-process.ts')];

/** Where the clients of a lab are. */
export function startFleetIn(lab: Lab): FleetOfAgents {
  return talkTo(lab.startAtClients(program));
}

/** On this machine's loopback addresses. */
export function startFleetOnLoopback(): FleetOfAgents {
  return talkTo(spawn('setpriv', [...dying, ...program], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
}

function talkTo(child: ChildProcess): FleetOfAgents {
  const ask = openChannel<{ request: FleetRequest; answer: FleetMessage; other: never }>(child);
  return {
    child,
    serve: async (agents) => {
      await ask({ kind: 'serve', agents });
    },
  };
}
