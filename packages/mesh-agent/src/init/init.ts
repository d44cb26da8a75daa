import { desiredPeers, toPeersByGroup } from '@meshrs/mesh';
import type { IpAddress } from '@meshrs/network';
import { toIntent, type RouteServerIntent } from '@meshrs/contract';
import { rm } from 'node:fs/promises';
import { writeAtomically } from '../files/write-atomically.ts';
import type { AgentPaths } from '../paths.ts';
import type { SettingsInForce } from '../settings/settings-in-force.ts';

/**
 * Prepares a pod that starts: writes the engine's configuration, and takes away the requests of the pod's earlier life,
 * because the shared volumes outlive a reboot of the node while a drain must not.
 *
 * The mesh has the peers that the settings list; those that a source knows come with the sidecar.
 * @throws AgentFailure `file-not-written`, and what `render` throws; the file is then as before
 */
export async function initialise(options: {
  readonly paths: AgentPaths;
  readonly inForce: SettingsInForce;
  readonly own: readonly IpAddress[];
  readonly render: (intent: RouteServerIntent) => string;
}): Promise<{ readonly file: string }> {
  const { paths, inForce, own, render } = options;
  const { settings, identity } = inForce;
  const desired = desiredPeers({
    self: identity.routerId,
    own,
    declaredClients: settings.bgpgroups.flatMap((group) =>
      group.type === 'subtractive' ? group.neighbors.map(({ address }) => address) : [],
    ),
    groups: settings.bgpgroups.flatMap((group) =>
      group.type === 'mesh'
        ? {
            name: group.name,
            published: group.source.sourcetype === 'static' ? group.source.addresses : [],
            ...(group.max_peers !== undefined && { maximumPeers: group.max_peers }),
          }
        : [],
    ),
    current: {},
  });
  const text = render(toIntent(settings, identity, toPeersByGroup(desired)));
  await writeAtomically(paths.frrConfig, text, 0o644);
  await rm(paths.drainRequest, { force: true });
  await rm(paths.drainDone, { force: true });
  return { file: paths.frrConfig };
}
