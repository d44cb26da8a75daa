import { shown } from '@meshrs/contract';
import { isIP } from 'node:net';

/** What /etc/resolv.conf says, by resolv.conf(5). */
export interface ResolverSettings {
  readonly servers: readonly string[];
  /** Passed over, as glibc does: they are no addresses. */
  readonly oddServers: readonly string[];
  readonly searchDomains: readonly string[];
  /** Names with fewer dots are tried with the search domains first. */
  readonly ndots: number;
  readonly timeoutSeconds: number;
  readonly attempts: number;
}

const longestShown = 64;

/** glibc's limits: MAXNS, RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY (resolv.h). */
const limits = { servers: 3, ndots: 15, timeoutSeconds: 30, attempts: 5 };

/** Reads the text of a resolv.conf as glibc does: what is not understood is passed over, of `search` the last counts. */
export function parseResolvConf(text: string): ResolverSettings {
  const servers: string[] = [];
  const oddServers: string[] = [];
  let searchDomains: readonly string[] = [];
  const options = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver') (isServer(values[0]) ? servers : oddServers).push(values[0] ?? '');
    else if (keyword === 'search') searchDomains = values;
    else if (keyword === 'domain') searchDomains = values.slice(0, 1);
    else if (keyword === 'options') {
      for (const option of values) {
        const [name = '', value = ''] = option.split(':');
        options.set(name, value);
      }
    }
  }
  const number = (name: string, fallback: number, least: number, most: number) => {
    const value = options.get(name);
    return value !== undefined && /^\d+$/.test(value) ? Math.min(Math.max(Number(value), least), most) : fallback;
  };
  return {
    // Without a nameserver line the resolver asks this machine (resolv.conf(5), "nameserver").
    servers: servers.length === 0 ? ['127.0.0.1'] : servers.slice(0, limits.servers),
    oddServers: oddServers.slice(0, limits.servers).map((text) => `"${shown(text, longestShown)}"`),
    searchDomains: searchDomains.filter((domain) => domain !== '.').map((domain) => domain.replace(/\.$/, '')),
    ndots: number('ndots', 1, 0, limits.ndots),
    timeoutSeconds: number('timeout', 2, 1, limits.timeoutSeconds),
    attempts: number('attempts', 2, 1, limits.attempts),
  };
}

/** An address, or one with a port as Node takes it: "192.0.2.1:5353", "[2001:db8::1]:5353". */
function isServer(text = ''): boolean {
  const host = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  return isIP(host) !== 0;
}

/** The names to ask for, in order: a final dot means this name alone (resolv.conf(5), "search" and "ndots"). */
export function candidateNames(
  hostname: string,
  { searchDomains, ndots }: Pick<ResolverSettings, 'searchDomains' | 'ndots'>,
): readonly string[] {
  if (hostname.endsWith('.')) return [hostname.slice(0, -1)];
  const dots = hostname.split('.').length - 1;
  const searched = searchDomains.map((domain) => `${hostname}.${domain}`);
  return dots >= ndots ? [hostname, ...searched] : [...searched, hostname];
}
