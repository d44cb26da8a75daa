import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptySpeakerConfig, renderSpeaker, type SpeakerConfig } from '@meshrs/router-config/frr/speaker';
import { LabFailure } from '../host/failure.ts';
import { assertRunning, logFile, startDaemon, type DaemonRecord } from '../lab/daemons.ts';
import { isSocket } from '../host/sockets.ts';
import { waitUntil } from '../host/wait.ts';
import { frrPathSpace, frrRunFolder } from '../plan/names.ts';
import type { Lab } from '../lab/lab.ts';
import { logTimestampPrecision } from './lab-speaker.ts';
import { askVty } from './vty.ts';

/** A router made of FRR's mgmtd, zebra and bgpd. */
export interface FrrInstance {
  /** Of the router or client; the daemons are called mgmtd.<name>, zebra.<name> and bgpd.<name>. */
  readonly name: string;
  readonly namespace: string;
  /** bgpd's configuration. */
  readonly config: SpeakerConfig;
}

export function frrSockets(lab: Lab, name: string): { folder: string; bgpd: string; zebra: string; zserv: string } {
  const folder = join(lab.paths.run, 'frr', name);
  return {
    folder,
    bgpd: join(folder, 'bgpd.vty'),
    zebra: join(folder, 'zebra.vty'),
    zserv: join(folder, 'zserv.api'),
  };
}

/** Logs are a matter of every daemon; routes and interfaces of the lab are the kernel's. */
const zebraConfig = renderSpeaker({ ...emptySpeakerConfig, logTimestampPrecision });

/** Starts mgmtd, zebra, then bgpd, and returns when bgpd has read its configuration without a complaint. */
export async function startFrr(lab: Lab, { name, namespace, config }: FrrInstance): Promise<void> {
  const sockets = frrSockets(lab, name);
  const state = join(lab.paths.state, 'frr', name);
  mkdirSync(sockets.folder, { recursive: true });
  mkdirSync(state, { recursive: true });
  const daemon = (program: string, args: readonly string[]): DaemonRecord =>
    startDaemon(lab, {
      name: `${program}.${name}`,
      namespace,
      argv: [
        ...[join(lab.paths.repository, 'scripts/frr'), 'exec', program],
        ...['--user', 'root', '--group', 'root', '--vty_port', '0', '--vty_socket', sockets.folder],
        ...['--pid_file', join(state, `${program}.pid`)],
        ...['--log', 'stdout', '--log-level', 'informational', ...args],
      ],
    });
  const configured = (program: string, text: string): string[] => {
    const file = join(state, `${program}.conf`);
    writeFileSync(file, text, { mode: 0o600 });
    return ['--socket', sockets.zserv, '--config_file', file];
  };
  // Without mgmtd, zebra complains a hundred times a second (https://github.com/FRRouting/frr/issues/17931).
  const space = ['--pathspace', frrPathSpace(lab.name, name)];
  const mgmtd = daemon('mgmtd', space);
  await waitForSocket(lab, mgmtd, join(frrRunFolder, frrPathSpace(lab.name, name), 'mgmtd_be.sock'));
  const zebra = daemon('zebra', [...space, ...configured('zebra', zebraConfig)]);
  await waitForSocket(lab, zebra, sockets.zserv);
  const bgpd = daemon('bgpd', [...configured('bgpd', renderSpeaker(config)), '--limit-fds', '16384']);
  await waitForSocket(lab, bgpd, sockets.bgpd);
  // It answers when it has read its file.
  await askVty(sockets.bgpd, 'show version');
  assertNoComplaint(lab, bgpd.name);
}

async function waitForSocket(lab: Lab, daemon: DaemonRecord, socket: string): Promise<void> {
  await waitUntil(`${daemon.name} listens`, () => isSocket(socket), {
    deadlineMs: 30_000,
    intervalMs: 50,
    next: `read its log: meshrs lab logs ${lab.name} ${daemon.name}`,
    check: () => {
      assertRunning(lab, [daemon]);
    },
  });
}

/** FRR starts with the lines that it understands; the others it names in its log. */
function assertNoComplaint(lab: Lab, name: string): void {
  const lines = readFileSync(logFile(lab, name), 'utf8').split('\n');
  const complaints = lines.filter((line) => /% |Unknown command|failed to .*config|on config line/i.test(line));
  if (complaints.length === 0) return;
  throw new LabFailure({
    code: 'refused',
    message: `${name} does not understand its configuration:\n${complaints.map((line) => `    ${line}`).join('\n')}`,
    next: `the lab wrote that configuration: this is a mistake of the lab for FRR of this version`,
  });
}
