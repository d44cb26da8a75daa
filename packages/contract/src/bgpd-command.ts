import { files, folders } from './files.ts';

/**
 * Where the agent has bgpd listen for it alone, at run time, and dials it: the BGP Monitoring Protocol (RFC 7854) tells of
 * sessions that come and go. No port of the pod: whoever is not in its network namespace does not reach it.
 */
export const bmpListener = { address: '127.0.0.1', port: 8181 } as const;

/**
 * FRR's bgpd as a route server: without zebra, so that every next hop is valid; without changing its user; without the
 * TCP vty; with its BMP module. The limit of open files is one session each and some more: bgpd reserves memory for the container runtime's
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
  '-M',
  'bmp',
  '--log=stdout',
  '--log-level=informational',
];
