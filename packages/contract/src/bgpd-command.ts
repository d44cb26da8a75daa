import { files, folders } from './files.ts';

/**
 * FRR's bgpd as a route server: without zebra, so that every next hop is valid; without changing its user; without the
 * TCP vty. The limit of open files is one session each and some more: bgpd reserves memory for the container runtime's
 * limit, which may be a thousand million.
 */
export const bgpdCommand: readonly string[] = [
  '/usr/lib/frr/bgpd',
  '--skip_runas',
  '--no_zebra',
  '--vty_port=0',
  `--vty_socket=${folders.frrSockets}`,
  `--pid_file=${files.bgpdPid}`,
  `--config_file=${files.frrConfig}`,
  '--limit-fds=16384',
  '--log=stdout',
  '--log-level=informational',
];
