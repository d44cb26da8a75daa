import { readinessReasons, shown, type SeenStatus } from '@meshrs/contract';
import type { IpAddress } from '@meshrs/network';

type SeenReason = SeenStatus['readiness']['reasons'][number];
type SeenEviction = SeenStatus['evictions'][number];
type SeenPending = NonNullable<SeenStatus['settings']['pending']>[number];

/** How many names a line has before it counts the rest. */
const namedAtMost = 10;

/** Why a route server is not ready, by its own agent. */
export function describeReadinessReason(reason: SeenReason): string {
  if (reason.kind === 'unknown') return 'a newer agent has a reason for it that this meshrs does not know';
  return `${readinessReasons[reason.kind]}${detailsOf(reason)}`;
}

function detailsOf(reason: SeenReason): string {
  switch (reason.kind) {
    case 'peers-not-known':
      return named(reason.groups);
    case 'mesh-not-converged':
      return named(reason.peers, reason.count);
    case 'clients-not-known':
      return named(reason.routeServers);
    case 'clients-not-back':
      return named(reason.clients, reason.count);
    case 'clients-lost': {
      const left = reason.secondsLeft;
      const ready = left === undefined ? '' : `; it is Ready again in ${String(left)} s at the latest`;
      return `${named(reason.clients, reason.count)}${ready}`;
    }
    default:
      return '';
  }
}

function named(names: readonly string[] = [], count = names.length): string {
  if (count === 0) return '';
  const first = names.slice(0, namedAtMost);
  const rest = count - first.length;
  return `: ${[...first, ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join(', ')}`;
}

/** What a route server does not do yet, so that no client loses its last session, and what it waits for. */
export function whatWaits({ settings, hold }: SeenStatus): readonly string[] {
  const { pending = [], pendingCount = pending.length } = settings;
  const first = pending.slice(0, namedAtMost);
  const rest = pendingCount - first.length;
  return [
    ...first.map(pendingWords),
    ...(rest > 0 ? [`has ${String(rest)} more changes of its settings that wait`] : []),
    ...(hold ? [holdWords(hold)] : []),
  ];
}

function pendingWords({ change, clients, clientCount, until }: SeenPending): string {
  const { kind, subject, group } = change;
  const what = [kind, ...(subject === undefined ? [] : [subject]), ...(group === undefined ? [] : [`of ${group}`])];
  const sessions = clientCount === 1 ? 'the session of 1 client' : `the sessions of ${String(clientCount)} clients`;
  return `has not applied a change of its settings (${what.join(' ')}), and does at ${until} at the latest: it would end ${sessions}${named(clients, clientCount)}`;
}

function holdWords({ for: purposes, until, missing }: NonNullable<SeenStatus['hold']>): string {
  const before = purposes.map((purpose) => holdPurposeWords[purpose]).join(' and ');
  const waits = missing
    ? `${shown(missing.why, 200)}${missing.clientCount === 0 ? '' : ` Waited for${named(missing.clients, missing.clientCount)}`}`
    : 'It has not looked at the other sides yet.';
  return `keeps sessions of clients${before === '' ? '' : ` ${before}`}, until ${until} at the latest. ${waits}`;
}

const holdPurposeWords = {
  drain: 'before it drains',
  settings: 'before it applies its settings',
  unknown: 'for a reason that this meshrs does not know',
} as const;

export interface KeptOut {
  readonly address: IpAddress;
  /** It is no client: it came as a route server. */
  readonly isOfMesh: boolean;
}

/** Whom the policy of a route server keeps out, or its engine holds down. */
export function keptOutBy({ held = [], evictions, pins = [] }: SeenStatus): readonly KeptOut[] {
  const heldPins = pins.filter(({ standing }) => standing === 'held');
  return [
    ...[...held, ...heldPins].map(({ address }) => ({ address, isOfMesh: false })),
    ...evictions.map(({ address, reason }) => ({ address, isOfMesh: reason === 'router-id-unknown' })),
  ];
}

/** Why a client has no session with this route server, where its agent tells; undefined: it does not. */
export function whyNoSession(routeServer: string, agent: SeenStatus, address: IpAddress): string | undefined {
  const held = agent.held?.find((each) => each.address === address);
  if (held) {
    const limit = held.maximumPrefixes === undefined ? '' : `, ${String(held.maximumPrefixes)}`;
    return `${routeServer} holds it down since ${held.since}: it sent more than its maximum-prefix${limit}, of group ${held.group}`;
  }
  const eviction = agent.evictions.find((each) => each.address === address);
  if (eviction) return `${routeServer} keeps it out until ${eviction.until}: ${evictionWords(eviction)}`;
  const pin = agent.pins?.find((each) => each.address === address && each.standing === 'held');
  if (pin) return `${routeServer} holds it down: it sent more than its maximum-prefix of group ${pin.group}`;
  const { sessions } = agent;
  const session = sessions.kind === 'read' ? sessions.list.find((each) => each.address === address) : undefined;
  if (!session || session.state === 'established') return undefined;
  const reset = session.lastResetReason;
  // A peer may have written it (RFC 9003): in quotes, and no longer than a line bears.
  const words = reset === undefined ? '' : `, and says of its last end "${shown(reset, 120)}"`;
  return `${routeServer} has it in state ${session.state}${words}`;
}

function evictionWords({ reason, remoteAsn, remoteRouterId, group }: SeenEviction): string {
  switch (reason) {
    case 'as-not-allowed':
      return `${remoteAsn === undefined ? 'its AS' : `AS ${String(remoteAsn)}`} is in none of the ranges of group ${group ?? '(not known)'}`;
    case 'router-id-unknown':
      return `router-id ${remoteRouterId ?? '(not known)'} is no route server's of the fleet`;
    case 'maximum-prefix-exceeded':
      return 'it sent more than its maximum-prefix';
    case 'taken-over':
      return 'it was evicted before the agent started, and the reason is not recorded';
    case 'unknown':
      return 'for a reason that this meshrs does not know';
  }
}
