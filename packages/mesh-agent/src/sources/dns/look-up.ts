import type { Family, IpAddress } from '@meshrs/network';
import type { RecordWithTtl } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { AgentFailure, systemCode, type AgentFailureCode } from '../../failure.ts';
import { startTimer } from '../../async/timer.ts';
import { readAddresses } from '../read-addresses.ts';
import { candidateNames, type ResolverSettings } from './resolv-conf.ts';

/** What a name server says of a name. No addresses: the name exists, without addresses. */
export interface DnsAnswer {
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  /** The smallest of the records' times to live; undefined without records. */
  readonly ttlSeconds?: number;
  /** What is passed over, by name: records, and name servers of resolv.conf. */
  readonly notUnderstood: readonly string[];
  /** The family of which the name server held back what it has, beside the records of the other one. */
  readonly unheard?: { readonly family: Family; readonly failure: AgentFailure };
}

type Records = { readonly kind: 'records'; readonly records: readonly RecordWithTtl[] } | { readonly kind: 'no-name' };
type Query = Records | { readonly kind: 'failed'; readonly failure: AgentFailure };

/** RFC 1035 section 3.1 and RFC 3596: the record types of the two families. */
type RecordType = 'A' | 'AAAA';
const familyOfType: Readonly<Record<RecordType, Family>> = { A: 'ipv4', AAAA: 'ipv6' };

/** So long one family may be later than the other, before the look goes on without it. */
const secondFamilyMs = 1000;

/**
 * The A and AAAA records of the first candidate that has any. The queries are made by c-ares, which Node brings: over
 * UDP, over TCP when the answer is truncated, to the next server when one fails. Records of one family count although the
 * other one fails or does not come. A candidate without records of which the name server holds something back ends the
 * look, because that may be the answer.
 * @throws AgentFailure
 */
export async function lookUp(hostname: string, settings: ResolverSettings, signal: AbortSignal): Promise<DnsAnswer> {
  const resolver = createResolver(settings);
  const cancel = () => {
    resolver.cancel();
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    let existing: DnsAnswer | undefined;
    for (const name of candidateNames(hostname, settings)) {
      const { A, AAAA } = await bothFamilies(resolver, name, settings);
      const records = [A, AAAA].flatMap((answer) => (answer.kind === 'records' ? answer.records : []));
      const failed = A.kind === 'failed' ? A : AAAA;
      if (failed.kind === 'failed') {
        if (records.length === 0) throw failed.failure;
        const family = familyOfType[failed === A ? 'A' : 'AAAA'];
        return { ...toAnswer(name, records, settings), unheard: { family, failure: failed.failure } };
      }
      if (records.length > 0) return toAnswer(name, records, settings);
      if (A.kind === 'records' || AAAA.kind === 'records') existing ??= toAnswer(name, [], settings);
    }
    if (existing) return existing;
    throw new AgentFailure(
      `There is no name "${hostname}" (NXDOMAIN), asked as ${candidateNames(hostname, settings).join(', ')} at ${settings.servers.join(', ')}. Does the headless Service exist?`,
      { code: 'dns-name-not-found', operation: `resolve ${hostname}`, retryable: true },
    );
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** Asks for both families together; one that has records waits for the other only for a moment. */
async function bothFamilies(
  resolver: Resolver,
  name: string,
  settings: ResolverSettings,
): Promise<Readonly<Record<RecordType, Query>>> {
  let late: NodeJS.Timeout | undefined;
  const ask = async (type: RecordType): Promise<Query> => {
    const answer = await query(resolver, name, type, settings);
    if (answer.kind === 'records' && answer.records.length > 0) {
      late ??= startTimer(() => {
        resolver.cancel();
      }, secondFamilyMs);
    }
    return answer;
  };
  const [A, AAAA] = await Promise.all([ask('A'), ask('AAAA')]);
  clearTimeout(late);
  return { A, AAAA };
}

function createResolver(settings: ResolverSettings): Resolver {
  const resolver = new Resolver({ timeout: settings.timeoutSeconds * 1000, tries: settings.attempts });
  try {
    resolver.setServers(settings.servers);
  } catch (cause) {
    throw new AgentFailure(
      `resolv.conf names the server ${settings.servers.join(', ')}, which is no list of addresses.`,
      { code: 'dns-not-configured', operation: 'read resolv.conf', retryable: true, cause },
    );
  }
  return resolver;
}

async function query(resolver: Resolver, name: string, type: RecordType, settings: ResolverSettings): Promise<Query> {
  try {
    const records =
      type === 'A' ? await resolver.resolve4(name, { ttl: true }) : await resolver.resolve6(name, { ttl: true });
    return { kind: 'records', records };
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENODATA') return { kind: 'records', records: [] };
    if (code === 'ENOTFOUND') return { kind: 'no-name' };
    const known = failures[code] ?? {
      code: 'dns-answer-not-understood' as const,
      what: `the query failed with ${code}`,
    };
    const failure = new AgentFailure(
      `The ${type} records of "${name}" are not to be had from ${settings.servers.join(', ')}: ${known.what}.`,
      { code: known.code, operation: `resolve ${name} ${type}`, retryable: true, cause },
    );
    return { kind: 'failed', failure };
  }
}

/** Error codes of c-ares (Node, "dns: Error codes"). */
const failures: Readonly<Record<string, { readonly code: AgentFailureCode; readonly what: string }>> = {
  ESERVFAIL: { code: 'dns-server-failed', what: 'the server failed (SERVFAIL)' },
  EREFUSED: { code: 'dns-refused', what: 'the server refused (REFUSED)' },
  ETIMEOUT: { code: 'dns-timeout', what: 'no server answered in time' },
  ECANCELLED: { code: 'dns-timeout', what: 'the other family has long been answered' },
  ECONNREFUSED: { code: 'dns-timeout', what: 'no server listens there' },
  ENOTIMP: { code: 'dns-server-failed', what: 'the server does not do such queries (NOTIMP)' },
  EFORMERR: { code: 'dns-server-failed', what: 'the server did not understand the query (FORMERR)' },
};

function toAnswer(name: string, records: readonly RecordWithTtl[], { oddServers }: ResolverSettings): DnsAnswer {
  const { addresses, odd } = readAddresses(records.map(({ address }) => address));
  return {
    name,
    addresses,
    ...(records.length > 0 && { ttlSeconds: Math.min(...records.map(({ ttl }) => ttl)) }),
    notUnderstood: [...oddServers.map((text) => `nameserver ${text} of resolv.conf`), ...odd],
  };
}
