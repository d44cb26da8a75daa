import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assertRunning, startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import { isSocket } from '../host/sockets.ts';
import { waitUntil } from '../host/wait.ts';
import type { Lab } from '../lab/lab.ts';
import type { Tools } from '../lab/tools.ts';
import { gobgpConfig, type GobgpConfig } from './config.ts';

/** Where the gobgpd of a client, declared or not, is asked. */
export function gobgpSocket(lab: Lab, name: string): string {
  return join(lab.paths.run, 'gobgp', `${name}.sock`);
}

/** Starts gobgpd and returns when it can be asked. */
export async function startGobgp(
  lab: Lab,
  tools: Tools,
  name: string,
  namespace: string,
  config: GobgpConfig,
): Promise<{ socket: string; daemon: DaemonRecord }> {
  const socket = gobgpSocket(lab, name);
  const file = join(lab.paths.state, 'gobgp', `${name}.json`);
  for (const folder of [dirname(socket), dirname(file)]) mkdirSync(folder, { recursive: true });
  // What a daemon of that name left behind would look like the new one's.
  rmSync(socket, { force: true });
  writeFileSync(file, gobgpConfig(config), { mode: 0o600 });
  const daemon = startDaemon(lab, {
    name: `gobgpd.${name}`,
    namespace,
    argv: [
      ...[tools.gobgpd, '--config-file', file, '--config-type', 'json', '--api-hosts', `unix://${socket}`],
      ...['--pprof-disable', '--log-plain', '--log-level', 'debug'],
    ],
  });
  await waitUntil(`${daemon.name} listens`, () => isSocket(socket), {
    deadlineMs: 30_000,
    next: `read its log: meshrs lab logs ${lab.name} ${daemon.name}`,
    check: () => {
      assertRunning(lab, [daemon]);
    },
  });
  return { socket, daemon };
}
