import type { IpAddress } from '@meshrs/network';
import { adviceOfGenerated } from './generated-file.ts';
import { compareIssues, isInside, locate, readStrictYaml, type Issue, type Path, type Rest } from '@meshrs/strict-yaml';
import { checkSettings, type SettingsRules } from './checks/check-settings.ts';
import { adviceCodes, adviseOnSettings } from './checks/ineffective-keys.ts';
import { checkPod, podCodes } from './checks/pod-checks.ts';
import { routeServerCodes } from './checks/route-server-codes.ts';
import type { ClientGroupIntent, RouteServerIntent } from './intent.ts';
import { modeOf, settingsSchema, type ClientGroupSettings, type RouteServerSettings } from './settings-schema.ts';

/** The text of a meshrr.conf.yml, read. */
export type SettingsRead =
  /** `warnings`: what is advice to the author, and keeps nobody from taking the settings. */
  | { readonly ok: true; readonly value: RouteServerSettings; readonly warnings: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads the text of a meshrr.conf.yml strictly: everything that is wrong with it in one run, key by key and across keys. */
export function readSettings(file: string, text: string, rules: SettingsRules = {}): SettingsRead {
  const read = readStrictYaml(file, text, settingsSchema, adviceOfGenerated);
  const rest = read.ok ? { value: read.value, document: read.document, touched: [] } : read.rest;
  const across = rest ? issuesAcrossKeys(rest, rules) : [];
  const all = [...(read.ok ? [] : read.issues), ...across].sort(compareIssues);
  const issues = all.filter(({ severity }) => severity === 'error');
  return read.ok && issues.length === 0 ? { ok: true, value: read.value, warnings: all } : { ok: false, issues };
}

function issuesAcrossKeys(
  { value, document, touched }: Omit<Rest<RouteServerSettings>, 'removed'>,
  rules: SettingsRules,
): Issue[] {
  // What is found at a value that was replaced speaks of the replacement.
  const isOfTheFile = ({ path }: { readonly path: Path }) => !touched.some((each) => isInside(path, each));
  const isWritten = (path: Path) => isIn(document.data, path);
  const ofPod = rules.pod ? checkPod(value, rules.pod, { isEngineWritten: isWritten(['engine']) }) : [];
  return [
    ...checkSettings(value, rules)
      .filter(isOfTheFile)
      .map((finding) => locate(finding, document, routeServerCodes)),
    ...adviseOnSettings(value, isWritten)
      .filter(isOfTheFile)
      .map((finding) => locate(finding, document, adviceCodes)),
    ...ofPod.filter(isOfTheFile).map((finding) => locate(finding, document, podCodes)),
  ];
}

function isIn(data: unknown, path: Path): boolean {
  let current = data;
  for (const part of path) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, part)) return false;
    current = (current as Readonly<Record<string | number, unknown>>)[part];
  }
  return true;
}

/**
 * What one route server is to be now. `meshNeighbors` holds, by group name, the addresses that the group's source gives,
 * without the pod's own.
 */
export function toIntent(
  settings: RouteServerSettings,
  pod: { readonly name: string; readonly routerId: IpAddress },
  meshNeighbors: Readonly<Record<string, readonly IpAddress[]>>,
): RouteServerIntent {
  return {
    name: pod.name,
    mode: modeOf(settings),
    asn: settings.asn,
    routerId: pod.routerId,
    ...(settings.ribSharding !== undefined && { ribSharding: settings.ribSharding }),
    meshGroups: settings.bgpgroups
      .filter((group) => group.type === 'mesh')
      .map(({ name, timers }) => ({ name, timers, neighbors: meshNeighbors[name] ?? [] })),
    clientGroups: settings.bgpgroups.filter((group) => group.type === 'subtractive').map(toClientGroup),
  };
}

function toClientGroup(group: ClientGroupSettings): ClientGroupIntent {
  const { name, prefixes, asranges, timers, maximumPrefixes, passedAttributes, multihopTtl, ttlSecurityHops } = group;
  return {
    name,
    prefixes,
    asns: asranges,
    timers,
    distance:
      ttlSecurityHops === undefined
        ? { kind: 'multihop', ttl: multihopTtl }
        : { kind: 'ttl-security', hops: ttlSecurityHops },
    ...(maximumPrefixes !== undefined && { maximumPrefixes }),
    ...(passedAttributes.length > 0 && { passedAttributes }),
    neighbors: group.neighbors.map((neighbor) => ({
      name: neighbor.name,
      address: neighbor.address,
      asn: neighbor.asn,
      ...(neighbor.sharedAsn !== undefined && { sharedAsn: neighbor.sharedAsn }),
      ...(neighbor.maximumPrefixes !== undefined && { maximumPrefixes: neighbor.maximumPrefixes }),
    })),
  };
}
