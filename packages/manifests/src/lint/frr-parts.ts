import type { Built } from '../built/built.ts';
import { peerName } from '../built/metallb-peers.ts';
import type { BgpPeerView, FrrConfigurationView, FrrNeighborView, ObjectView, SelectorView } from '../built/views.ts';
import { listOf, valueAt } from './kept/kept-field.ts';
import { durationOf } from './meaning/units.ts';

/** A router of a node's FRR as one object wants it (frr-k8s' internal/controller/merge.go). */
export interface RouterPart {
  readonly id: string;
  readonly isOfMetallb: boolean;
  readonly nodes: readonly SelectorView[];
  readonly vrf: string;
  readonly asn: number;
  readonly routerId: string;
  /** By address or interface: what two parts must have alike, with the default of each. */
  readonly neighbors: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** A BFD profile of a node's FRR, by all that it says. */
export interface BfdPart {
  readonly id: string;
  readonly isOfMetallb: boolean;
  readonly nodes: readonly SelectorView[];
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

export function partOfPeer({ id, view: { spec } }: Built<BgpPeerView>): RouterPart {
  const hold = durationOf(spec.holdTime);
  const keepalive = durationOf(spec.keepaliveTime);
  // MetalLB fills in the one that is left out (its config, `parseTimers`).
  const neighbor = {
    ...spec,
    holdTime: secondsText(hold ?? (keepalive === undefined ? undefined : keepalive * 3)),
    keepaliveTime: secondsText(keepalive ?? (hold === undefined ? undefined : hold / 3)),
    asn: spec.peerASN,
    port: spec['peerPort'],
    sourceaddress: spec['sourceAddress'],
  };
  return {
    ...{ id, isOfMetallb: true, nodes: spec.nodeSelectors, vrf: spec.vrf ?? '' },
    ...{ asn: spec.myASN, routerId: spec.routerID ?? '' },
    neighbors: new Map([[peerName(spec), shared(neighbor)]]),
  };
}

export function partsOfConfiguration({ id, view: { spec } }: Built<FrrConfigurationView>): RouterPart[] {
  return spec.bgp.routers.flatMap((router) => {
    const named = router.neighbors.map((neighbor) => [nameOf(neighbor), shared(neighbor)] as const);
    const isFirst = ([name]: (typeof named)[number], index: number): boolean =>
      named.findIndex(([other]) => other === name) === index;
    // What a list has of a neighbor again is put together with the first of it, as if another router had it.
    const again = named.filter((each, index) => !isFirst(each, index));
    return [named.filter(isFirst), ...again.map((each) => [each])].map((neighbors) => ({
      ...{ id, isOfMetallb: false, nodes: [spec.nodeSelector], vrf: router.vrf ?? '' },
      ...{ asn: router.asn, routerId: router.id ?? '', neighbors: new Map(neighbors) },
    }));
  });
}

function nameOf({ address = '', interface: port = '' }: FrrNeighborView): string {
  return address || port;
}

/** MetalLB gives each of its profiles to every node (its internal/bgp/frrk8s, `SyncBFDProfiles`). */
export function profileOfMetallb({ id, view }: Built<ObjectView>): BfdPart {
  return { id, isOfMetallb: true, nodes: [], name: view.metadata.name, values: valuesOf(valueAt(view, ['spec'])) };
}

export function profilesOfConfiguration({ id, view: { spec } }: Built<FrrConfigurationView>): BfdPart[] {
  return spec.bgp.bfdProfiles.map((profile) => ({
    ...{ id, isOfMetallb: false, nodes: [spec.nodeSelector], name: profile.name },
    values: valuesOf(profile),
  }));
}

/** `neighborsAreCompatible`; of passwords it is known whether there is one, of Secrets not what is in them. */
function shared(neighbor: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const text = (key: string, otherwise: string): string => textOf(neighbor[key]) ?? otherwise;
  // frr-k8s cuts to whole seconds.
  const seconds = (key: string, otherwise: number): string =>
    String(Math.trunc(durationOf(neighbor[key]) ?? otherwise));
  const secret = valueAt(neighbor, ['passwordSecret', 'name']);
  const hasPassword = [neighbor['password'], secret].some((each) => each !== undefined && each !== '');
  const isDual = text('interface', '') !== '' || neighbor['dualStackAddressFamily'] === true;
  return {
    asn: text('asn', text('dynamicASN', 'none')),
    port: text('port', '179'),
    sourceaddress: text('sourceaddress', ''),
    ebgpMultiHop: text('ebgpMultiHop', 'false'),
    dualStackAddressFamily: String(isDual),
    localASN: text('localASN', '0'),
    holdTime: seconds('holdTime', 180),
    keepaliveTime: seconds('keepaliveTime', 60),
    connectTime: seconds('connectTime', 60),
    password: hasPassword ? 'there is one' : 'there is none',
    ...optional(neighbor),
  };
}

/** What fits any where it is left out: the profile, the next hops, and the preference of each prefix (`mergeAllowedOut`). */
function optional(neighbor: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const preferences = listOf(valueAt(neighbor, ['toAdvertise', 'withLocalPref'])).flatMap((each) =>
    listOf(valueAt(each, ['prefixes'])).map(
      (prefix) => [`localPref of ${String(prefix)}`, valueAt(each, ['localPref'])] as const,
    ),
  );
  const all = [
    ['bfdProfile', neighbor['bfdProfile']] as const,
    ...['ipv4', 'ipv6'].map((key) => [`nextHop ${key}`, valueAt(neighbor, ['toAdvertise', 'nextHop', key])] as const),
    ...preferences,
  ];
  return Object.fromEntries(
    all.flatMap(([key, value]) => {
      const text = textOf(value);
      return text === undefined || text === '' ? [] : [[key, text] as const];
    }),
  );
}

/** `bfdProfileToFRR`: what is left out is not what is given, but for the modes. */
function valuesOf(profile: unknown): Readonly<Record<string, string>> {
  const numbers = ['receiveInterval', 'transmitInterval', 'detectMultiplier', 'echoInterval', 'minimumTtl'];
  return Object.fromEntries([
    ...numbers.map((key) => [key, textOf(valueAt(profile, [key])) ?? 'left out'] as const),
    ...['echoMode', 'passiveMode'].map((key) => [key, textOf(valueAt(profile, [key])) ?? 'false'] as const),
  ]);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

function secondsText(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : `${String(Math.trunc(seconds))}s`;
}
