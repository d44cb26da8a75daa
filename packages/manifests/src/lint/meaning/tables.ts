import { labels } from '@meshrs/contract';
import { isWellKnown, readCommunity } from '@meshrs/network';
import { valueAt } from '../kept/kept-field.ts';
import { metadata, templateMetadata } from './metadata.ts';
import { opened, type Direction } from './network-rules.ts';
import { podSpec } from './pods.ts';
import { durationOf } from './units.ts';
import { additions, never, verdictBy, type Decide, type MeaningTable, type Verdict } from './verdict.ts';

/*
 * What a component of the user's may change of a generated object. What is in no table needs a word; what may never change stands
 * in `../kept`, and here where it depends on the value.
 */

function networkRule(direction: Direction): Decide {
  return ({ before, after }) => (before === undefined && opened(after, direction).length === 0 ? 'free' : 'word');
}

/** Over a time that cannot be read MetalLB keeps what it had; one that is gone is its default. */
function unreadTime(after: unknown): Verdict {
  return after !== undefined && durationOf(after) === undefined ? never('announcement') : 'word';
}

/** 0: a node that dies keeps its VIP for ever (RFC 4271, 4.2). */
const holdTime: Decide = ({ after }) => {
  const seconds = durationOf(after);
  if (seconds === undefined) return unreadTime(after);
  if (seconds < 3) return never('announcement');
  return seconds <= 180 ? 'free' : 'word';
};

const keepaliveTime: Decide = ({ after }, { built }) => {
  const [seconds, hold] = [durationOf(after), durationOf(valueAt(built, ['spec', 'holdTime']))];
  if (seconds === undefined || hold === undefined) return unreadTime(after);
  // MetalLB refuses the peer, and keeps its whole old configuration (MetalLB's config, `parseTimers`).
  return seconds > hold ? never('announcement') : seconds <= hold / 3 ? 'free' : 'word';
};

const connectTime: Decide = ({ after }) => {
  const seconds = durationOf(after);
  if (seconds === undefined) return unreadTime(after);
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= 120 ? 'free' : 'word';
};

/** What a name stands for, a Community says; the rule community-values looks whether one does. */
const community: Decide = ({ before, after }) => {
  if (before !== undefined || typeof after !== 'string') return 'word';
  const read = readCommunity(after);
  if (read === 'refused') return never('announcement');
  return read === 'name' || isWellKnown(read) ? 'word' : 'free';
};

/** MetalLB's webhook takes no other (MetalLB's config, `bfdProfileFromCR`). */
function within(first: number, last: number): Decide {
  return ({ after }) => (typeof after === 'number' && after >= first && after <= last ? 'free' : 'word');
}

function under(prefix: string, table: MeaningTable): MeaningTable {
  return Object.fromEntries(Object.entries(table).map(([path, verdict]) => [`${prefix}.${path}`, verdict]));
}

/**
 * What is free in an object of one side needs a word where all sides share the object, as they do with `peerScope: global`: the
 * sessions of all nodes go by it at once.
 */
function freeOfOneSide(table: MeaningTable): MeaningTable {
  return Object.fromEntries(
    Object.entries(table).map(([path, row]): [string, Decide] => [
      path,
      (difference, surroundings) => {
        const verdict = verdictBy(row, difference, surroundings);
        const side = valueAt(surroundings.generated, ['metadata', 'labels', labels.side]);
        return verdict === 'free' && side === undefined ? 'word' : verdict;
      },
    ]),
  );
}

/** By kind, as `kindName` writes it. */
export const meaningTables: Readonly<Record<string, MeaningTable>> = {
  StatefulSet: {
    ...under('spec.template', templateMetadata),
    ...under('spec.template.spec', podSpec),
  },
  Pod: under('spec', podSpec),
  Service: { 'spec.allocateLoadBalancerNodePorts': 'free' },
  ServiceAccount: { 'imagePullSecrets.*': additions },
  NetworkPolicy: { 'spec.ingress': networkRule('ingress'), 'spec.egress': networkRule('egress') },
  BGPPeer: freeOfOneSide({
    'spec.holdTime': holdTime,
    'spec.keepaliveTime': keepaliveTime,
    'spec.connectTime': connectTime,
    // The rules bfd-profile-exists and metallb-takes look at it.
    'spec.bfdProfile': 'free',
  }),
  BGPAdvertisement: freeOfOneSide({
    'spec.communities': community,
    'spec.localPref': 'free',
  }),
  BFDProfile: freeOfOneSide({
    'spec.receiveInterval': within(10, 60_000),
    'spec.transmitInterval': within(10, 60_000),
    'spec.echoInterval': within(10, 60_000),
    'spec.detectMultiplier': within(2, 255),
  }),
};

export function meaningOf(kind: string): MeaningTable {
  return { ...metadata, ...meaningTables[kind] };
}
