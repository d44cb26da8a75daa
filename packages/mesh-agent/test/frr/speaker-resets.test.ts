import { setTimeout as sleep } from 'node:timers/promises';
import { address, asn, prefix } from '@meshrs/network/test-data';
import { toFrrLine, toFrrWord, type FrrFamily } from '@meshrs/router-config/frr';
import {
  activeFamily,
  emptySpeakerConfig,
  filterRows,
  renderSpeaker,
  routerFamilyLevel,
  routerFamilyListRows,
  sessionFamilyLevel,
  speakerGroupLevel,
  speakerNeighborLevel,
  speakerRouteMapLevel,
  speakerRouterLevels,
  speakerTopLevel,
  standardRouter,
  standardSession,
  toFrrPath,
  type SessionFamily,
  type SpeakerConfig,
  type SpeakerGroup,
  type ListRow,
  type Owner,
  type OwnerLine,
  type SpeakerNeighbor,
  type SpeakerRouter,
} from '@meshrs/router-config/frr/speaker';
import type { Bgpd } from '@meshrs/test-kit/bgpd';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { client } from './client.ts';
import { startLab, type Lab } from './lab.ts';
import { openVty, sendLines } from './vty.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** One neighbor that stands alone, and one that is a member of a group. */
const alone = address('192.168.7.1');
const member = address('192.168.7.2');
const group = toFrrWord('PEERS');
const list = toFrrWord('LIST');

const family = activeFamily('l2vpn evpn');
const ipv4 = activeFamily('ipv4 unicast');
const session = { ...standardSession(), distance: { kind: 'multihop', ttl: 10 }, families: [ipv4, family] } as const;
const neighborStart: SpeakerNeighbor = { ...session, address: alone, remoteAs: asn(65001) };
const groupStart: SpeakerGroup = { ...session, name: group, remoteAs: 'external' };
const routerStart = {
  ...standardRouter(asn(65000), 'traditional'),
  routerId: address('192.0.2.1'),
  hasDefaultIpv4Unicast: false,
  requiresEbgpPolicy: false,
  groups: [groupStart],
  neighbors: [neighborStart, { ...standardSession(), address: member, group }],
};
const start: SpeakerConfig = {
  ...emptySpeakerConfig,
  prefixLists: [{ name: list, sequence: 5, action: 'permit', prefix: prefix('192.0.2.0/24') }],
  communityLists: [{ name: list, sequence: 5, action: 'permit', community: '65000:1' }],
  routeMaps: [{ name: list, action: 'permit', sequence: 10 }],
  router: routerStart,
};

let lab: Lab;
let bgpd: Bgpd;
beforeAll(async () => {
  lab = await startLab();
  bgpd = await lab.startBgpd(1, renderSpeaker(start));
  await lab.startClients([client(alone, 65001, bgpd.address), client(member, 65002, bgpd.address)]);
});
afterAll(async () => {
  await lab.stop();
});

/** Commands that lead to a value and back, and whose sessions a change of it resets by its row. */
interface Edit {
  readonly there: readonly string[];
  readonly back: readonly string[];
  readonly resets: readonly string[];
}

/** The source is the one that bgpd has chosen already. */
const sessionEdits = {
  'a description': { description: toFrrLine('a leaf') },
  timers: { timers: { keepaliveSeconds: 7, holdSeconds: 21 } },
  'a time to connect': { connectSeconds: 7 },
  'another TTL': { distance: { kind: 'multihop', ttl: 20 } },
  'a source': { updateSource: address('10.99.0.1') },
  'a password': { password: toFrrLine('secret') },
  'no graceful restart': { isGracefulRestartDisabled: true },
  'nobody dialled': { isPassive: true },
  'a shutdown': { shutdown: {} },
} as const satisfies Record<string, Partial<SpeakerGroup>>;

const familyEdits = {
  'a limit that none reaches': { maximumPrefixes: { limit: 20 } },
  'a route-map in': { routeMapIn: list },
  'a route-map out': { routeMapOut: list },
  'no address family': { isActive: false },
} as const satisfies Record<string, Partial<SessionFamily>>;

/** FRR has no such list in l2vpn evpn. */
const prefixListEdits = {
  'a prefix-list in': { prefixListIn: list },
  'a prefix-list out': { prefixListOut: list },
} as const satisfies Record<string, Partial<SessionFamily>>;

const routerEdits = {
  'a policy for eBGP': { requiresEbgpPolicy: true },
  'no import check': { checksNetworkImport: false },
  'multipath of different AS': { isMultipathRelaxed: true },
  'a log of neighbor changes': { logsNeighborChanges: true },
  'another listen limit': { listenLimit: 7 },
  'a minimum hold time': { minimumHoldSeconds: 3 },
} as const satisfies Record<string, Partial<SpeakerRouter>>;

const topEdits = {
  'digits of log times': { logTimestampPrecision: 6 },
  'a shorter input queue': { inputQueueLimit: 32 },
  'a shorter output queue': { outputQueueLimit: 32 },
  'a dump': { dump: { content: 'all-et', file: toFrrPath('/dev/null') } },
} as const satisfies Record<string, Partial<SpeakerConfig>>;

const entry = { name: list, sequence: 5 } as const;

const edits: Record<string, Edit> = {
  ...each(sessionEdits, 'neighbor', (change) =>
    edit(speakerNeighborLevel, [neighborStart, { ...neighborStart, ...change }], of(alone), [alone]),
  ),
  ...each(sessionEdits, 'group', (change) =>
    edit(speakerGroupLevel, [groupStart, { ...groupStart, ...change }], of(group), [member]),
  ),
  ...each(familyEdits, 'neighbor', (change) =>
    edit(sessionFamilyLevel, [family, { ...family, ...change }], of(alone), [alone]),
  ),
  ...each(familyEdits, 'group', (change) =>
    edit(sessionFamilyLevel, [family, { ...family, ...change }], of(group), [member]),
  ),
  ...each(prefixListEdits, 'neighbor', (change) =>
    edit(sessionFamilyLevel, [ipv4, { ...ipv4, ...change }], of(alone, 'ipv4 unicast'), [alone]),
  ),
  ...each(prefixListEdits, 'group', (change) =>
    edit(sessionFamilyLevel, [ipv4, { ...ipv4, ...change }], of(group, 'ipv4 unicast'), [member]),
  ),
  ...each(routerEdits, 'router', (change) =>
    edit(speakerRouterLevels.traditional, [routerStart, { ...routerStart, ...change }], (line) =>
      inRouter(signed(line)),
    ),
  ),
  ...each(topEdits, 'bgpd', (change) =>
    edit(speakerTopLevel, [start, { ...start, ...change }], (line) => [signed(line)]),
  ),
  'fewer paths': edit(routerFamilyLevel, [{}, { maximumPaths: 7 }], (line) => inFamily('ipv4 unicast', signed(line))),
  'another match of a route-map': edit(speakerRouteMapLevel, [{}, { matchCommunity: list }], (line) => [
    `route-map ${list} permit 10`,
    signed(line),
    'exit',
  ]),
  'a network': editList(routerFamilyListRows.networks, [undefined, prefix('192.0.2.0/24')], (line) =>
    inFamily('ipv4 unicast', line),
  ),
  'another entry of a prefix-list': editList(filterRows.prefixLists, [
    { ...entry, action: 'permit', prefix: prefix('192.0.2.0/24') },
    { ...entry, action: 'deny', prefix: prefix('192.0.2.0/24') },
  ]),
  'another entry of a community-list': editList(filterRows.communityLists, [
    { ...entry, action: 'permit', community: '65000:1' },
    { ...entry, action: 'deny', community: '65000:1' },
  ]),
};

/** With these no session comes up, so that the way back resets none. */
const keepsOut = /^(a password|a shutdown|no address family) \(/;

test.each(Object.entries(edits))('%s resets whom its row says', async (name, { there, back, resets }) => {
  await allUp();

  expect(await droppedBy(there)).toEqual(resets);
  if (keepsOut.test(name)) {
    await droppedBy(back);
    return;
  }
  await allUp();
  expect(await droppedBy(back)).toEqual(resets);
});

async function allUp(): Promise<void> {
  await waitFor('both clients are up', statuses, (all) => Object.values(all).every((one) => one.isEstablished));
}

/** Whose sessions end by these commands; bgpd takes each of them. */
async function droppedBy(commands: readonly string[]): Promise<readonly string[]> {
  const before = await statuses();
  const vty = await openVty(bgpd);
  const rejected = await sendLines(vty, ['configure terminal', ...commands, 'end']);
  vty.close();
  expect(rejected).toEqual([]);
  // A reset that comes would be there long before: bgpd sends the notification at once.
  await sleep(300);
  const after = await statuses();
  return [alone, member].filter((one) => (after[one]?.dropCount ?? 0) > (before[one]?.dropCount ?? 0));
}

function statuses() {
  return lab.ask({ kind: 'status', addresses: [alone, member] });
}

/** The commands that bring a line to where it stands. */
type InPlace = (line: OwnerLine) => readonly string[];

/** What a table says of a change. */
function edit<Fields extends object>(
  level: Owner<Fields>,
  [before, after]: readonly [Fields, Fields],
  inPlace: InPlace,
  sessions: readonly string[] = [alone, member],
): Edit {
  const commands = (one: Fields, other: Fields): readonly string[] => {
    const { going, coming } = level.difference(one, other);
    return [...going, ...coming].flatMap(inPlace);
  };
  const { reaction } = level.reaction(before, after);
  return {
    there: commands(before, after),
    back: commands(after, before),
    resets: reaction === 'resets' || reaction === 'anew' ? sessions : [],
  };
}

/** Of a list: one entry takes the place of another, or of none. */
function editList<Item>(
  row: ListRow<Item>,
  [before, after]: readonly [Item | undefined, Item],
  inPlace: (text: string) => readonly string[] = (text) => [text],
): Edit {
  const commands = (one: Item | undefined, other: Item | undefined): readonly string[] => [
    ...(one === undefined ? [] : inPlace(`no ${row.unset(one)}`)),
    ...(other === undefined ? [] : inPlace(row.set(other))),
  ];
  return {
    there: commands(before, after),
    back: commands(after, before),
    resets: row.resets === 'none' ? [] : [alone, member],
  };
}

function each<Change>(
  changes: Readonly<Record<string, Change>>,
  owner: string,
  make: (change: Change) => Edit,
): Record<string, Edit> {
  return Object.fromEntries(Object.entries(changes).map(([name, change]) => [`${name} (${owner})`, make(change)]));
}

function of(owner: string, name: FrrFamily = 'l2vpn evpn'): InPlace {
  return ({ place, isNo, text }) => {
    const command = `${isNo ? 'no ' : ''}neighbor ${owner} ${text}`;
    return place === 'own' ? inRouter(command) : inFamily(name, command);
  };
}

function inRouter(command: string): readonly string[] {
  return ['router bgp 65000', command, 'exit'];
}

function inFamily(name: FrrFamily, command: string): readonly string[] {
  return ['router bgp 65000', `address-family ${name}`, command, 'exit-address-family', 'exit'];
}

function signed({ isNo, text }: OwnerLine): string {
  return isNo ? `no ${text}` : text;
}
