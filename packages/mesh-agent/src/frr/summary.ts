import { parseAsn, parsePrintedAddress, type Asn, type IpAddress } from '@meshrs/network';
import type { FrrFamily } from '@meshrs/router-config/frr';
import { shown, type PassedOverNeighbor, type SessionState } from '@meshrs/contract';
import { isObject, notUnderstood, quoted, readObject } from './answers.ts';

/** One line of `show bgp FAMILY summary json`: cheap, also for many neighbors. */
export interface SummaryPeer {
  readonly address: IpAddress;
  readonly isDynamic: boolean;
  readonly remoteAsn?: Asn;
  readonly state: SessionState;
  /** bgpd holds it down for its maximum-prefix. */
  readonly isOverLimit?: true;
  /** Seconds since 1970 at which the session was established: tells one session from the next. */
  readonly establishedAt?: number;
  readonly uptimeSeconds?: number;
  readonly receivedPrefixes: number;
  readonly sentPrefixes: number;
  readonly establishedCount: number;
  readonly droppedCount: number;
  readonly receivedMessages: number;
}

export interface Summary {
  readonly peers: readonly SummaryPeer[];
  /** What stands there and is passed over, or shown as unknown: each by its name, in quotes, for people. */
  readonly odd: readonly string[];
  /** The neighbors that have no address: an unnumbered one is called after its interface. */
  readonly passedOver: readonly PassedOverNeighbor[];
}

/** Of a name that somebody gave, in an answer. */
const longestName = 64;

const states: ReadonlyMap<string, SessionState> = new Map([
  ['Idle', 'idle'],
  // Held down for its maximum-prefix.
  ['Idle (PfxCt)', 'idle'],
  ['Idle (Admin)', 'shutdown'],
  ['Connect', 'connect'],
  ['Active', 'active'],
  ['OpenSent', 'open-sent'],
  ['OpenConfirm', 'open-confirm'],
  ['Established', 'established'],
  ['Clearing', 'clearing'],
  ['Deleted', 'clearing'],
]);

/**
 * What is odd about one neighbor is told, and the others go on; a text that is no summary throws EngineFailure
 * `answer-not-understood`.
 */
export function parseSummary(family: FrrFamily, text: string): Summary {
  const operation = `show bgp ${family} summary json`;
  const { peers: found = {} } = readObject(operation, text);
  if (!isObject(found)) throw notUnderstood(operation, 'its "peers" is no object');
  const peers: SummaryPeer[] = [];
  const odd: string[] = [];
  const passedOver: PassedOverNeighbor[] = [];
  for (const key of Object.keys(found)) {
    const address = parsePrintedAddress(key);
    if (address !== undefined) {
      peers.push(readPeer(address, found[key], odd));
      continue;
    }
    odd.push(`neighbor ${quoted(key)} is no address`);
    const state = stateOf(found[key]);
    passedOver.push({ neighbor: shown(key, longestName), why: 'it has no address', ...(state && { state }) });
  }
  return { peers, odd, passedOver };
}

/** By hand: a schema's reading of each of thousands takes longer than all else. */
function readPeer(address: IpAddress, value: unknown, odd: string[]): SummaryPeer {
  const fields: Readonly<Record<string, unknown>> = isObject(value) ? value : {};
  const number = (name: string): number => {
    const found = fields[name];
    if (found === undefined || isCount(found)) return found ?? 0;
    odd.push(`neighbor ${address}: ${name} ${quoted(JSON.stringify(found))}`);
    return 0;
  };
  /** Where "none" would count, and change what becomes of a session: what bgpd does not tell is left out, and told as odd. */
  const toldNumber = (name: string): number | undefined => {
    const found = fields[name];
    if (isCount(found)) return found;
    odd.push(`neighbor ${address}: ${name} ${quoted(JSON.stringify(found))}`);
    return undefined;
  };
  const stateText = fields['state'];
  const state = stateOf(value);
  if (state === undefined) odd.push(`neighbor ${address}: state ${quoted(JSON.stringify(stateText))}`);
  const isEstablished = state === 'established';
  const asNumber = number('remoteAs');
  const remoteAsn = asNumber === 0 ? undefined : parseAsn(String(asNumber));
  const uptimeMs = isEstablished ? toldNumber('peerUptimeMsec') : undefined;
  const establishedAt = isEstablished ? toldNumber('peerUptimeEstablishedEpoch') : undefined;
  return {
    address,
    isDynamic: fields['dynamicPeer'] === true,
    ...(remoteAsn !== undefined && { remoteAsn }),
    state: state ?? 'unknown',
    ...(stateText === 'Idle (PfxCt)' && { isOverLimit: true }),
    ...(uptimeMs !== undefined && { uptimeSeconds: Math.floor(uptimeMs / 1000) }),
    ...(establishedAt !== undefined && { establishedAt }),
    receivedPrefixes: isEstablished ? number('pfxRcd') : 0,
    sentPrefixes: isEstablished ? number('pfxSnt') : 0,
    establishedCount: number('connectionsEstablished'),
    droppedCount: number('connectionsDropped'),
    receivedMessages: number('msgRcvd'),
  };
}

function stateOf(value: unknown): SessionState | undefined {
  const text = isObject(value) ? value['state'] : undefined;
  return typeof text === 'string' ? states.get(text) : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
