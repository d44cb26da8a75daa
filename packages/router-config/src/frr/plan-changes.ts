import { contains, coverRest, isCovered, rangeOf, sortByAddress, type IpAddress } from '@meshrs/network';
import type { EngineChange } from '@meshrs/contract';
import { omit } from './omit.ts';
import {
  asPathListStatements,
  groupStatements,
  hostnameStatements,
  neighborStatements,
  rangeStatement,
  routeMapStatements,
  routerStatements,
  type Statement,
  type StatementContext,
} from './statements.ts';
import {
  frrDefaults,
  type AsPathList,
  type FrrConfig,
  type FrrFamily,
  type FrrRouter,
  type ListenRange,
  type Neighbor,
  type PeerGroup,
  type RouteMap,
} from './config.ts';

/** A step from one configuration to the next; it is carried out whole or undone. */
export interface PlannedChange {
  readonly change: EngineChange;
  readonly commands: readonly PlannedCommand[];
  /** What runs when the step is done. */
  readonly after: FrrConfig;
}

export interface PlannedCommand {
  readonly context: StatementContext;
  readonly text: string;
  /** A rejection is no failure: what the command ends may not be there. */
  readonly mayBeRejected?: boolean;
}

/**
 * The changes that lead from what runs to what is wanted, each valid after the one before it; none when both are the
 * same. Listen ranges are compared by the addresses that they hold, so that one that grows resets nobody.
 */
export function planChanges(running: FrrConfig, wanted: FrrConfig): readonly PlannedChange[] {
  const plan = createPlan(running);
  plan.run(planHostname(wanted));
  plan.run(planOtherRouter(wanted));
  plan.run(planFilters(wanted));
  if (wanted.router) planRouter(plan, wanted.router);
  plan.run(removeFilters(wanted));
  return endSorted(plan.changes);
}

type Step = (current: FrrConfig) => readonly PlannedChange[];

interface Plan {
  readonly changes: readonly PlannedChange[];
  /** Adds what the step finds to do on the configuration as it is by then. */
  run(step: Step): void;
}

function createPlan(running: FrrConfig): Plan {
  const changes: PlannedChange[] = [];
  let current = running;
  return {
    changes,
    run: (step) => {
      const found = step(current);
      changes.push(...found);
      current = found.at(-1)?.after ?? current;
    },
  };
}

/** Between the steps neighbors stand in any order; sorting once is enough, and cheap with many. */
function endSorted(changes: readonly PlannedChange[]): readonly PlannedChange[] {
  const last = changes.at(-1);
  if (!last) return changes;
  const after = withRouter(last.after, ({ neighbors, ranges }) => ({
    neighbors: sortByAddress(neighbors, ({ address }) => address),
    ranges: sortByAddress(ranges, ({ prefix }) => prefix),
  }));
  return [...changes.slice(0, -1), { ...last, after }];
}

function planHostname(wanted: FrrConfig): Step {
  return (current) => {
    const commands = difference(hostnameStatements(current.hostname), hostnameStatements(wanted.hostname));
    if (commands.length === 0) return [];
    const after = { ...omit(current, 'hostname'), ...(wanted.hostname !== undefined && { hostname: wanted.hostname }) };
    return [{ change: { kind: 'global-changed', subject: 'hostname', resets: 'none' }, commands, after }];
  };
}

/** bgpd has one AS for good: another one is another `router bgp`, and every session begins anew. */
function planOtherRouter(wanted: FrrConfig): Step {
  return (current) => {
    if (!current.router || current.router.asn === wanted.router?.asn) return [];
    const commands = [{ context: top, text: `no router bgp ${String(current.router.asn)}` }];
    const after = omit(current, 'router');
    return [{ change: { kind: 'global-changed', subject: 'asn', resets: 'all' }, commands, after }];
  };
}

function planRouter(plan: Plan, wanted: FrrRouter): void {
  plan.run((current) => planGlobals(current, wanted));
  // Members and ranges go before their group, and before another group takes them.
  plan.run((current) => each(current, current.router?.ranges ?? [], (now, range) => removeRange(now, range, wanted)));
  plan.run((current) =>
    each(current, current.router?.neighbors ?? [], (now, item) => removeNeighbor(now, item, wanted)),
  );
  plan.run((current) => each(current, current.router?.groups ?? [], (now, group) => removeGroup(now, group, wanted)));
  plan.run((current) => each(current, wanted.groups, setGroup));
  plan.run((current) => each(current, missingRanges(current, wanted), addRange));
  const groupFamilies = new Map(wanted.groups.map(({ name, family }) => [name, family?.name]));
  plan.run((current) => {
    const running = new Map(current.router?.neighbors.map((neighbor) => [neighbor.address, neighbor]));
    const ranges = (current.router?.ranges ?? []).map(({ prefix }) => rangeOf(prefix));
    const isInRange = (address: IpAddress) => {
      const range = rangeOf(address);
      return ranges.some((outer) => contains(outer, range));
    };
    return each(current, wanted.neighbors, (now, neighbor) =>
      setNeighbor(now, neighbor, {
        before: running.get(neighbor.address),
        family: neighbor.group === undefined ? undefined : groupFamilies.get(neighbor.group),
        isInRange,
      }),
    );
  });
}

function planGlobals(current: FrrConfig, wanted: FrrRouter): readonly PlannedChange[] {
  const before: FrrRouter = current.router ?? newRouter(wanted);
  const isNew = !current.router;
  const commands = difference(routerStatements(before), routerStatements(wanted));
  if (commands.length === 0 && !isNew) return [];
  const { groups, neighbors, ranges } = before;
  const globals = omit(wanted, 'groups', 'neighbors', 'ranges');
  const opening = isNew ? [{ context: top, text: `router bgp ${String(wanted.asn)}` }] : [];
  return [
    {
      change: {
        kind: 'global-changed',
        subject: isNew ? 'router' : 'router settings',
        resets: !isNew && before.routerId !== wanted.routerId ? 'all' : 'none',
      },
      commands: [...opening, ...commands],
      after: { ...current, router: { ...globals, groups, neighbors, ranges } },
    },
  ];
}

/** `router bgp N` as bgpd makes it. */
function newRouter({ asn }: FrrRouter): FrrRouter {
  return {
    asn,
    listenLimit: frrDefaults.listenLimit,
    logsNeighborChanges: false,
    hasDefaultIpv4Unicast: true,
    isGracefulShutdown: false,
    groups: [],
    neighbors: [],
    ranges: [],
  };
}

/** A range stays when the same group wants all its addresses, whatever prefixes they are written as. */
function removeRange(current: FrrConfig, range: ListenRange, wanted: FrrRouter): PlannedChange | undefined {
  const isWanted =
    !isGroupReplaced(current, range.group, wanted) && isCovered(range.prefix, prefixesOf(wanted.ranges, range.group));
  if (isWanted) return undefined;
  return {
    change: { kind: 'range-removed', group: range.group, subject: range.prefix, resets: 'range' },
    commands: [unset(rangeStatement(range))],
    after: withRouter(current, ({ ranges }) => ({ ranges: ranges.filter((other) => other !== range) })),
  };
}

function missingRanges(current: FrrConfig, wanted: FrrRouter): readonly ListenRange[] {
  const running = current.router?.ranges ?? [];
  const names = [...new Set(wanted.ranges.map(({ group }) => group))];
  return names.flatMap((group) =>
    missingPrefixes(prefixesOf(wanted.ranges, group), prefixesOf(running, group)).map((prefix) => ({ prefix, group })),
  );
}

/** A wanted prefix that no running one touches is added as it is written; of others what is missing. */
function missingPrefixes(wanted: readonly ListenRange['prefix'][], running: readonly ListenRange['prefix'][]) {
  return wanted.flatMap((prefix) => coverRest([prefix], running));
}

function addRange(current: FrrConfig, range: ListenRange): PlannedChange {
  return {
    change: { kind: 'range-added', group: range.group, subject: range.prefix, resets: 'none' },
    commands: [set(rangeStatement(range))],
    after: withRouter(current, ({ ranges }) => ({ ranges: [...ranges, range] })),
  };
}

function removeNeighbor(current: FrrConfig, neighbor: Neighbor, wanted: FrrRouter): PlannedChange | undefined {
  const isGone = !wantedAddresses(wanted).has(neighbor.address);
  const isGroupGone = neighbor.group !== undefined && isGroupReplaced(current, neighbor.group, wanted);
  if (!isGone && !isGroupGone) return undefined;
  return {
    change: {
      kind: 'neighbor-removed',
      ...(neighbor.group !== undefined && { group: neighbor.group }),
      subject: neighbor.address,
      resets: 'neighbor',
    },
    commands: [{ context: router, text: `no neighbor ${neighbor.address}` }],
    after: withRouter(current, ({ neighbors }) => ({ neighbors: neighbors.filter((other) => other !== neighbor) })),
  };
}

const addressesOf = new WeakMap<FrrRouter, ReadonlySet<IpAddress>>();

/** Kept for the time of a plan: every neighbor that runs asks for it. */
function wantedAddresses(wanted: FrrRouter): ReadonlySet<IpAddress> {
  const known = addressesOf.get(wanted) ?? new Set(wanted.neighbors.map(({ address }) => address));
  addressesOf.set(wanted, known);
  return known;
}

interface NeighborFacts {
  readonly before: Neighbor | undefined;
  readonly family: FrrFamily | undefined;
  readonly isInRange: (address: IpAddress) => boolean;
}

function setNeighbor(current: FrrConfig, neighbor: Neighbor, facts: NeighborFacts): PlannedChange | undefined {
  const { before, family } = facts;
  if (before && isSame(before, neighbor)) return undefined;
  const statements = neighborStatements(neighbor, family);
  const identity = {
    ...(neighbor.group !== undefined && { group: neighbor.group }),
    subject: neighbor.address,
  };
  if (!before) {
    const commands = [...clearIfInRange(neighbor, facts), ...statements.map(set)];
    return {
      change: {
        kind: 'neighbor-added',
        ...identity,
        resets: commands.length > statements.length ? 'neighbor' : 'none',
      },
      commands,
      after: withNeighbor(current, neighbor),
    };
  }
  const statementsBefore = neighborStatements(before, family);
  const keys = differingKeys(statementsBefore, statements);
  const isAnew = keys.some((key) => ['peer-group', 'remote-as', 'passive'].includes(key));
  return {
    change: {
      kind: 'neighbor-changed',
      ...identity,
      resets: isAnew || keys.includes('shutdown') ? 'neighbor' : 'none',
    },
    // bgpd moves no neighbor between groups, and a change of its AS or of who dials resets it anyway.
    commands: isAnew
      ? [
          { context: router, text: `no neighbor ${neighbor.address}` },
          ...clearIfInRange(neighbor, facts),
          ...statements.map(set),
        ]
      : difference(statementsBefore, statements),
    after: withNeighbor(current, neighbor),
  };
}

/** Of many neighbors most stay as they are: comparing is a tenth of what making their statements takes. */
function isSame(one: Neighbor, other: Neighbor): boolean {
  return (
    one.group === other.group &&
    one.remoteAs === other.remoteAs &&
    one.description === other.description &&
    one.isPassive === other.isPassive &&
    one.isGracefulRestartDisabled === other.isGracefulRestartDisabled &&
    (one.shutdown === undefined) === (other.shutdown === undefined) &&
    one.shutdown?.message === other.shutdown?.message &&
    one.maximumPrefixes?.limit === other.maximumPrefixes?.limit &&
    one.maximumPrefixes?.restartMinutes === other.maximumPrefixes?.restartMinutes
  );
}

/** A client that came from a range is there without being configured, and bgpd configures no such neighbor. */
function clearIfInRange(neighbor: Neighbor, { isInRange }: NeighborFacts): readonly PlannedCommand[] {
  return isInRange(neighbor.address)
    ? [{ context: router, text: `do clear bgp ${neighbor.address}`, mayBeRejected: true }]
    : [];
}

function removeGroup(current: FrrConfig, group: PeerGroup, wanted: FrrRouter): PlannedChange | undefined {
  if (!isGroupReplaced(current, group.name, wanted)) return undefined;
  return {
    change: { kind: 'group-removed', group: group.name, resets: 'group' },
    commands: [{ context: router, text: `no neighbor ${group.name} peer-group` }],
    after: withRouter(current, ({ groups }) => ({ groups: groups.filter((other) => other !== group) })),
  };
}

/** Whether a group goes, or comes anew as another kind of group. */
function isGroupReplaced(current: FrrConfig, name: string, wanted: FrrRouter): boolean {
  const before = current.router?.groups.find((group) => group.name === name);
  const after = wanted.groups.find((group) => group.name === name);
  return (
    !after ||
    (before !== undefined && (before.remoteAs !== after.remoteAs || before.family?.name !== after.family?.name))
  );
}

/** Statements of a group whose change makes bgpd reset its sessions; found by trying each on 10.7.1. */
const resettingKeys = ['ebgp-multihop', 'ttl-security', 'graceful-restart-disable', 'shutdown', 'remote-as'];
const resettingFamilyKeys = ['activate', 'route-reflector-client'];

function setGroup(current: FrrConfig, group: PeerGroup): PlannedChange | undefined {
  const before = current.router?.groups.find(({ name }) => name === group.name);
  const statements = groupStatements(group);
  const commands = before ? difference(groupStatements(before), statements) : statements.map(set);
  if (commands.length === 0) return undefined;
  const changedKeys = before ? differingKeys(groupStatements(before), statements) : [];
  const isResetting = changedKeys.some(
    (key) => resettingKeys.includes(key) || resettingFamilyKeys.some((end) => key.endsWith(` ${end}`)),
  );
  return {
    change: {
      kind: before ? 'group-changed' : 'group-added',
      group: group.name,
      resets: isResetting ? 'group' : 'none',
    },
    commands,
    after: withRouter(current, ({ groups }) => ({
      groups: [...groups.filter(({ name }) => name !== group.name), group].sort(byName),
    })),
  };
}

/** Filters come before the groups that name them. */
function planFilters(wanted: FrrConfig): Step {
  return (current) => [
    ...each(current, wanted.asPathLists, setAsPathList),
    ...each(withLists(current, wanted.asPathLists), wanted.routeMaps, setRouteMap),
  ];
}

/** And go after them. */
function removeFilters(wanted: FrrConfig): Step {
  return (current) => {
    const maps = current.routeMaps.filter(({ name }) => !wanted.routeMaps.some((map) => map.name === name));
    const withoutMaps = each(current, maps, removeRouteMap);
    const lists = current.asPathLists.filter(({ name }) => !wanted.asPathLists.some((list) => list.name === name));
    return [...withoutMaps, ...each(withoutMaps.at(-1)?.after ?? current, lists, removeAsPathList)];
  };
}

function setAsPathList(current: FrrConfig, list: AsPathList): PlannedChange | undefined {
  const before = current.asPathLists.find(({ name }) => name === list.name);
  const [running, wanted] = [before ? asPathListStatements(before) : [], asPathListStatements(list)];
  // bgpd ignores a pattern that stands at another number already, so what is to move goes first. Routes that come in
  // between are judged again some seconds later: a changed list makes bgpd ask its neighbors for their routes.
  const wantedLines = new Set(wanted.map((statement) => statement.set));
  const stays = new Set(running.map((statement) => statement.set).filter((line) => wantedLines.has(line)));
  const commands = [
    ...running.filter((statement) => !stays.has(statement.set)).map(unset),
    ...wanted.filter((statement) => !stays.has(statement.set)).map(set),
  ];
  if (commands.length === 0) return undefined;
  const change: EngineChange = { kind: before ? 'filter-changed' : 'filter-added', subject: list.name, resets: 'none' };
  return { change, commands, after: withLists(current, [list]) };
}

function setRouteMap(current: FrrConfig, map: RouteMap): PlannedChange | undefined {
  const before = current.routeMaps.find(({ name }) => name === map.name);
  const commands = difference(before ? routeMapStatements(before) : [], routeMapStatements(map));
  if (commands.length === 0) return undefined;
  const routeMaps = [...current.routeMaps.filter(({ name }) => name !== map.name), map].sort(byName);
  const change: EngineChange = { kind: before ? 'filter-changed' : 'filter-added', subject: map.name, resets: 'none' };
  return { change, commands, after: { ...current, routeMaps } };
}

function removeRouteMap(current: FrrConfig, map: RouteMap): PlannedChange {
  return {
    change: { kind: 'filter-removed', subject: map.name, resets: 'none' },
    commands: [{ context: top, text: `no route-map ${map.name}` }],
    after: { ...current, routeMaps: current.routeMaps.filter((other) => other !== map) },
  };
}

function removeAsPathList(current: FrrConfig, list: AsPathList): PlannedChange {
  return {
    change: { kind: 'filter-removed', subject: list.name, resets: 'none' },
    commands: asPathListStatements(list).map(unset),
    after: { ...current, asPathLists: current.asPathLists.filter((other) => other !== list) },
  };
}

const top: StatementContext = { kind: 'top' };
const router: StatementContext = { kind: 'router' };

/** First what goes, from the inside out; then what comes, in order. A statement with the same key replaces. */
function difference(before: readonly Statement[], after: readonly Statement[]): readonly PlannedCommand[] {
  const keysAfter = new Set(after.map(({ key }) => key));
  const running = new Map(before.map((statement) => [statement.key, statement.set]));
  return [
    ...before
      .filter(({ key }) => !keysAfter.has(key))
      .toReversed()
      .map(unset),
    ...after.filter(({ key, set: line }) => running.get(key) !== line).map(set),
  ];
}

function differingKeys(before: readonly Statement[], after: readonly Statement[]): readonly string[] {
  const lineOf = (statements: readonly Statement[]) => new Map(statements.map(({ key, set: line }) => [key, line]));
  const [one, other] = [lineOf(before), lineOf(after)];
  return [...new Set([...one.keys(), ...other.keys()])].filter((key) => one.get(key) !== other.get(key));
}

function set({ context, set: text }: Statement): PlannedCommand {
  return { context, text };
}

function unset({ context, unset: text }: Statement): PlannedCommand {
  return { context, text };
}

/** Plans item by item, each on the configuration that the items before it leave. */
function each<T>(
  start: FrrConfig,
  items: readonly T[],
  planOne: (current: FrrConfig, item: T) => PlannedChange | undefined,
): readonly PlannedChange[] {
  const changes: PlannedChange[] = [];
  let current = start;
  for (const item of items) {
    const change = planOne(current, item);
    if (!change) continue;
    changes.push(change);
    current = change.after;
  }
  return changes;
}

function withRouter(current: FrrConfig, change: (router: FrrRouter) => Partial<FrrRouter>): FrrConfig {
  return current.router ? { ...current, router: { ...current.router, ...change(current.router) } } : current;
}

function withNeighbor(current: FrrConfig, neighbor: Neighbor): FrrConfig {
  return withRouter(current, ({ neighbors }) => ({
    neighbors: [...neighbors.filter(({ address }) => address !== neighbor.address), neighbor],
  }));
}

function withLists(current: FrrConfig, lists: readonly AsPathList[]): FrrConfig {
  const names = new Set<string>(lists.map(({ name }) => name));
  const asPathLists = [...current.asPathLists.filter(({ name }) => !names.has(name)), ...lists].sort(byName);
  return { ...current, asPathLists };
}

function prefixesOf(ranges: readonly ListenRange[], group: string) {
  return ranges.filter((range) => range.group === group).map(({ prefix }) => prefix);
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : 0;
}
