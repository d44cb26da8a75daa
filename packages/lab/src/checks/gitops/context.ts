import { setTimeout as sleep } from 'node:timers/promises';
import { describeApplication, readApplication, type SyncedApplication } from '../../argocd/applications.ts';
import type { Topology } from '@meshrs/topology';
import type { CommittedFleet } from '../../gitops/fleet.ts';
import type { Pushed } from '../../gitops/push.ts';
import type { OpenCluster } from '../../open-lab/open-cluster.ts';
import { waitFor } from '../../host/wait.ts';
import { CheckFailure, type LabCheck, type CheckContext, type CheckOutcome } from '../check.ts';

/** A check's context in a lab where Argo CD brings everything. */
export interface GitopsContext extends CheckContext {
  readonly fleet: CommittedFleet;
  /** Whose Argo CD the check looks at. */
  readonly cluster: OpenCluster;
}

/** A check for which the lab needs Argo CD. */
export function gitopsCheck(
  check: Omit<LabCheck, 'run' | 'needsArgoCd'>,
  run: (context: GitopsContext) => Promise<CheckOutcome>,
): LabCheck {
  return {
    ...check,
    needsArgoCd: true,
    run: (context) => {
      if (!context.fleet) throw new CheckFailure('This lab has no Argo CD: bring it up with --gitops.');
      const [cluster] = context.clusters;
      if (!cluster) throw new CheckFailure('This lab has no cluster.');
      return run({ ...context, fleet: context.fleet, cluster });
    },
  };
}

/** Names of the generated Applications of a cluster. */
export function applicationNames({
  cluster: {
    plan: { name },
  },
}: GitopsContext): { root: string; metallb: string; routeServers: string } {
  return {
    root: `meshrs-root-${name}`,
    metallb: `meshrs-metallb-${name}`,
    routeServers: `meshrs-route-servers-${name}`,
  };
}

/** Waits until an Application is as wanted, and returns it; what it was instead is part of the failure. */
export function waitForApplication(
  { cluster: { api }, signal }: GitopsContext,
  name: string,
  what: string,
  isWanted: (application: SyncedApplication) => boolean,
  deadlineSeconds: number,
): Promise<SyncedApplication> {
  let seen = 'it is not there';
  return waitFor(
    `${name} ${what}`,
    async () => {
      const application = await readApplication(api, name);
      if (application) seen = describeApplication(application);
      return application && isWanted(application) ? application : undefined;
    },
    {
      deadlineMs: deadlineSeconds * 1000,
      intervalMs: 250,
      signal,
      next: 'read the log of argocd-application-controller: meshrs lab logs LAB argocd-application-controller',
      seen: () => seen,
    },
  );
}

/** Waits until a commit has been synced as a whole, and everything is healthy. */
export function waitForSync(context: GitopsContext, name: string, { revision }: Pushed): Promise<SyncedApplication> {
  return waitForApplication(
    context,
    name,
    `has synced ${revision.slice(0, 8)}`,
    ({ operation, sync, health, revision: compared }) =>
      operation?.phase === 'Succeeded' &&
      operation.syncResult?.revision === revision &&
      compared === revision &&
      sync === 'Synced' &&
      health === 'Healthy',
    600,
  );
}

/** Waits until nothing is left to do for a commit, whether or not a sync was needed for it. */
export function waitForCompared(context: GitopsContext, name: string, push: Pushed): Promise<SyncedApplication> {
  return waitForApplication(
    context,
    name,
    `is as ${push.revision.slice(0, 8)} says`,
    ({ operation, sync, health, revision }) =>
      operation?.finishedAt !== undefined && sync === 'Synced' && health === 'Healthy' && revision === push.revision,
    600,
  );
}

/** A commit that must change something. */
export async function pushed(push: Promise<Pushed | undefined>): Promise<Pushed> {
  const result = await push;
  if (!result) throw new CheckFailure('The commit would be empty: the change does not change what is generated.');
  return result;
}

/** A topology whose gates wait no longer than they must be able to. */
export function withShortGates(topology: Topology): Topology {
  const { gitops } = topology;
  return { ...topology, gitops: { ...gitops, gate: { ...gitops.gate, seconds: 30 } } };
}

/** Waits while something must not happen. */
export async function stay({ signal }: CheckContext, seconds: number): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal });
}

export function inSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
