import { address, asn, prefix } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { omit } from '../omit.ts';
import type { Owner } from '../rows/owner.ts';
import { toFrrLine, toFrrWord } from '../words.ts';
import type { FrrProfile, RouterFamily, SessionFamily, SpeakerConfig, SpeakerNeighbor } from './config.ts';
import { parsePath, toFrrPath } from './path.ts';
import { filterRows, routerFamilyListRows, type ListRow } from './rows/list-rows.ts';
import { speakerRouteMapLevel } from './rows/route-map-rows.ts';
import { routerFamilyLevel, speakerRouterLevels } from './rows/router-rows.ts';
import { sessionFamilyLevel, speakerGroupLevel, speakerNeighborLevel } from './rows/session-rows.ts';
import { speakerTopLevel } from './rows/top-rows.ts';

const name = toFrrWord('NAME');

const neighbor: Omit<SpeakerNeighbor, 'address' | 'families'> = {
  remoteAs: asn(4259840001),
  group: name,
  description: toFrrLine('side a'),
  shutdown: { message: toFrrLine('not now') },
  distance: { kind: 'multihop', ttl: 10 },
  updateSource: address('192.0.2.1'),
  password: toFrrLine('-_Abc123'),
  isPassive: true,
  timers: { keepaliveSeconds: 60, holdSeconds: 180 },
  connectSeconds: 30,
  isGracefulRestartDisabled: true,
  localAs: { asn: asn(4259840002) },
  usesBfd: true,
  bfdProfile: name,
  detectsSenderLoops: true,
};

const family: Omit<SessionFamily, 'name'> = {
  isActive: true,
  isReflectorClient: true,
  maximumPrefixes: { limit: 100, restartMinutes: 5 },
  routeMapIn: name,
  routeMapOut: name,
  allowedOwnAs: 1,
  prefixListIn: name,
  prefixListOut: name,
};

const paths: Omit<RouterFamily, 'name' | 'networks'> = { maximumPaths: 16 };

const top: Omit<SpeakerConfig, 'asPathLists' | 'prefixLists' | 'communityLists' | 'routeMaps' | 'router'> = {
  defaultsOfVersion: toFrrWord('10.4'),
  profile: 'datacenter',
  hostname: toFrrWord('core'),
  logTimestampPrecision: 6,
  dump: { content: 'all-et', file: toFrrPath('/observations/leaf.mrt') },
};

describe('rows of a speaker', () => {
  it('read what they write, of each field', () => {
    expect(readBack(speakerTopLevel, top)).toEqual(top);
    expect(readBack(speakerNeighborLevel, neighbor)).toEqual(neighbor);
    const group = omit(neighbor, 'group');
    for (const remoteAs of [asn(65001), 'internal', 'external'] as const) {
      expect(readBack(speakerGroupLevel, { ...group, remoteAs })).toEqual({ ...group, remoteAs });
    }
    expect(readBack(sessionFamilyLevel, family)).toEqual(family);
    const tells = { ...family, maximumPrefixes: { limit: 100, isWarningOnly: true } };
    expect(readBack(sessionFamilyLevel, tells)).toEqual(tells);
    expect(readBack(routerFamilyLevel, paths)).toEqual(paths);
    const map = { matchAsPath: name, matchCommunity: name, matchPrefixList: name, matchNextHopPrefixList: name };
    expect(readBack(speakerRouteMapLevel, map)).toEqual(map);
  });

  it('write timers that are equal to those of a profile: the other profile has others', () => {
    expect(speakerNeighborLevel.lines(neighbor).map(({ text }) => text)).toContain('timers 60 180');
  });

  it.each<[FrrProfile, string[]]>([
    ['traditional', ['bgp log-neighbor-changes', 'no bgp ebgp-requires-policy']],
    ['datacenter', []],
  ])('write for the profile %s what it does not say by itself', (profile, lines) => {
    const level = speakerRouterLevels[profile];
    const router = { ...level.standard, logsNeighborChanges: true, requiresEbgpPolicy: false };

    expect(textsOf(level, router)).toEqual(lines);
    expect(readBack(level, router)).toEqual(router);
    const opposite = { ...level.standard, logsNeighborChanges: false, requiresEbgpPolicy: true };
    expect(readBack(level, opposite)).toEqual(opposite);
  });

  it('read entries of lists as they write them, and nothing else', () => {
    const entry = { name, sequence: 5, action: 'deny' } as const;
    expectItem(filterRows.prefixLists, { ...entry, prefix: prefix('192.0.2.1/32') });
    expectItem(filterRows.prefixLists, { ...entry, prefix: prefix('192.0.2.0/24'), longest: 32 });
    expectItem(filterRows.communityLists, { ...entry, community: '65000:901' });
    expectItem(routerFamilyListRows.networks, prefix('2001:db8::/64'));
    for (const wrong of ['65536:1', '1:65536', '1:1:1', 'no-export']) {
      expect(parse(filterRows.communityLists, `bgp community-list standard L seq 5 permit ${wrong}`), wrong).toBe(
        undefined,
      );
    }
    expect(parse(filterRows.prefixLists, 'ip prefix-list L seq 5 permit 192.0.2.0/24 ge 25')).toBe(undefined);
    expect(parse(filterRows.prefixLists, 'ip prefix-list L description 192.0.2.0/24')).toBe(undefined);
  });
});

describe('a path', () => {
  it.each(['relative', '/with blank', '/', '/a\nb', ''])('is not %j', (text) => {
    expect(parsePath(text)).toBe(undefined);
    expect(() => toFrrPath(text)).toThrow('FRR cannot write to');
  });
});

function textsOf<Fields extends object>(level: Owner<Fields>, value: Fields): string[] {
  return level.lines(value).map(({ isNo, text }) => (isNo ? `no ${text}` : text));
}

function readBack<Fields extends object>(level: Owner<Fields>, value: Fields): Fields {
  const draft = { ...level.standard };
  for (const { place, isNo, text } of level.lines(value)) {
    const line = isNo ? `no ${text}` : text;
    expect(level.read(draft, line.split(' '), place), line).toBe(true);
  }
  return draft;
}

function expectItem<Item>(row: ListRow<Item>, item: Item): void {
  expect(parse(row, row.set(item))).toEqual(item);
}

function parse<Item>(row: ListRow<Item>, line: string): Item | undefined {
  return row.parse(line.split(' '));
}
