import type { DrainTimes } from '@meshrs/contract';

/** A settings file of one mesh group and one client group. */
export function settingsText(options: {
  readonly source: string;
  readonly maximumPeers?: number;
  readonly clientPrefix?: string;
  readonly waitsForClients?: boolean;
  /** The whole value of the key, in YAML, instead. */
  readonly readiness?: string;
  readonly drain?: Partial<DrainTimes>;
  /** In YAML. */
  readonly routerIds?: string;
  readonly clientGroup?: string;
  readonly asranges?: string;
}): string {
  const { source, maximumPeers, clientPrefix = '198.51.100.0/24' } = options;
  const { waitsForClients } = options;
  const readiness =
    options.readiness ?? (waitsForClients === undefined ? undefined : `{waitsForClients: ${String(waitsForClients)}}`);
  const drain = { gracefulShutdownSeconds: 0, ceaseSeconds: 0, holdSeconds: 0, ...options.drain };
  return `asn: "65000"
mode: evpnrs
engine: frr
routerIds:${options.routerIds ?? threeSides}
drain:
  gracefulShutdownSeconds: ${String(drain.gracefulShutdownSeconds)}
  ceaseSeconds: ${String(drain.ceaseSeconds)}
${drain.holdSeconds === 0 ? '' : `  holdSeconds: ${String(drain.holdSeconds)}\n`}${readiness === undefined ? '' : `readiness: ${readiness}\n`}bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: ${source}
${maximumPeers === undefined ? '' : `    max_peers: ${String(maximumPeers)}\n`}  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [${clientPrefix}]
    asranges: ["${options.asranges ?? '65001-65100'}"]
${options.clientGroup === undefined ? '' : `    ${options.clientGroup}\n`}`;
}

export function staticSource(...addresses: readonly string[]): string {
  return `{sourcetype: static, addresses: [${addresses.join(', ')}]}`;
}

const threeSides = `
  rs-a-0: 192.0.2.101
  rs-b-0: 192.0.2.102
  rs-c-0: 192.0.2.103`;
