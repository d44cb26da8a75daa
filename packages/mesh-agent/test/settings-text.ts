/** A settings file of one mesh group and one client group. */
export function settingsText(options: {
  readonly source: string;
  readonly maximumPeers?: number;
  readonly clientPrefix?: string;
  readonly waitsForClients?: boolean;
  /** The whole value of the key, in YAML, instead. */
  readonly readiness?: string;
  readonly drain?: { readonly gracefulShutdownSeconds: number; readonly ceaseSeconds: number };
}): string {
  const { source, maximumPeers, clientPrefix = '198.51.100.0/24' } = options;
  const { waitsForClients } = options;
  const readiness =
    options.readiness ?? (waitsForClients === undefined ? undefined : `{waitsForClients: ${String(waitsForClients)}}`);
  const drain = options.drain ?? { gracefulShutdownSeconds: 0, ceaseSeconds: 0 };
  return `asn: "65000"
mode: evpnrs
engine: frr
routerIds:
  rs-a-0: 192.0.2.101
  rs-b-0: 192.0.2.102
  rs-c-0: 192.0.2.103
drain:
  gracefulShutdownSeconds: ${String(drain.gracefulShutdownSeconds)}
  ceaseSeconds: ${String(drain.ceaseSeconds)}
${readiness === undefined ? '' : `readiness: ${readiness}\n`}bgpgroups:
  - name: MESHRR-CORE
    type: mesh
    source: ${source}
${maximumPeers === undefined ? '' : `    max_peers: ${String(maximumPeers)}\n`}  - name: MESHRR-CLIENTS
    type: subtractive
    prefixes: [${clientPrefix}]
    asranges: ["65001-65100"]
`;
}

export function staticSource(...addresses: readonly string[]): string {
  return `{sourcetype: static, addresses: [${addresses.join(', ')}]}`;
}
