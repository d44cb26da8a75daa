import { readFile } from 'node:fs/promises';

/**
 * Whether a process of this network namespace listens at the port, by `/proc/net/tcp`: without connecting, because to
 * connect to a listener that bgpd has forgotten ends bgpd.
 */
export async function isPortTaken(port: number): Promise<boolean> {
  return listens(await readFile('/proc/net/tcp', 'utf8'), port);
}

/** Reads the kernel's table: `sl local_address rem_address st …`, addresses and ports in hexadecimal. */
export function listens(table: string, port: number): boolean {
  const portText = port.toString(16).toUpperCase().padStart(4, '0');
  return table.split('\n').some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === '0A' && local.endsWith(`:${portText}`);
  });
}
