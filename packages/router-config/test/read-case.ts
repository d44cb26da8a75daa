import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IpAddress } from '@meshrs/network';
import { readSettings, toIntent, type RouteServerIntent } from '@meshrs/contract';

/** Each folder is a case: the settings of a route server, and beside it what they render to. */
export const casesFolder = join(import.meta.dirname, 'cases');

export const cases = readdirSync(casesFolder).sort();

const pod = 'routeserver-a-0';

/** The intent of the pod routeserver-a-0; static sources give the mesh, other sources nobody. */
export function readCase(name: string): RouteServerIntent {
  const file = join(casesFolder, name, 'meshrr.conf.yml');
  const settings = readSettings(file, readFileSync(file, 'utf8'));
  if (!settings.ok) throw new Error(`${file}: ${JSON.stringify(settings.issues)}`);
  const routerId = settings.value.routerIds[pod];
  if (!routerId) throw new Error(`${file} gives no router-id of ${pod}`);
  const meshNeighbors: Record<string, readonly IpAddress[]> = {};
  for (const group of settings.value.bgpgroups) {
    if (group.type === 'mesh' && group.source.sourcetype === 'static')
      meshNeighbors[group.name] = group.source.addresses;
  }
  return toIntent(settings.value, { name: pod, routerId }, meshNeighbors);
}
