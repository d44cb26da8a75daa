import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readApplication, type SyncedApplication } from '../../argocd/applications.ts';
import { pushEdit } from '../../gitops/fleet.ts';
import { waitFor } from '../../host/wait.ts';
import { waitForApplications } from '../../gitops/deliver.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds, pushed, waitForApplication, type GitopsContext } from './context.ts';
import { beginSync, endOperation } from './operations.ts';
import { evidence } from './roll-out.ts';

/** A commit that somebody must refuse. */
interface BadCommit {
  readonly what: string;
  /** The Application that says so. */
  readonly application: string;
  /** Of its message. */
  readonly says: RegExp;
  readonly edit: (root: string) => void;
}

export const gitopsBadCommits = gitopsCheck(
  {
    name: 'gitops-bad-commits',
    title: 'bad commits are refused with a reason, and no project takes an object outside of its whitelist',
    deadlineSeconds: 1200,
  },
  async (context) => {
    const facts: string[] = [];
    for (const commit of badCommits(context)) facts.push(await refuse(context, commit));
    return { facts };
  },
);

async function refuse(context: GitopsContext, { what, application, says, edit }: BadCommit): Promise<string> {
  const { cluster, signal, topology } = context;
  await waitForGoodSync(context, application);
  const before = await beginDisturbance(context);
  // Otherwise an older commit's refusal would be taken for this one's.
  const already = await saidBy(context, application);
  if (already.some((one) => says.test(one)))
    throw new CheckFailure(`${application} refuses already: ${already.join('; ')}`);
  const push = await pushed(pushEdit(context.fleet, what, edit));
  let seen = '';
  const message = await waitFor(
    `${application} says why it refuses ${what}`,
    async () => {
      const messages = await saidBy(context, application);
      seen = messages.join('; ');
      return messages.find((one) => says.test(one));
    },
    {
      deadlineMs: 600_000,
      intervalMs: 500,
      signal,
      next: `look at it: kubectl -n argocd get app ${application}`,
      seen: () => seen,
    },
  );
  const refusedAt = Date.now();
  await pushed(pushEdit(context.fleet, `without ${what}`, () => undefined));
  if (application === applicationNames(context).metallb) await endTries(context, application);
  await waitForApplications(context, cluster.api);
  await waitForGoodSync(context, application);
  await settle(context);
  const vips = Object.values(topology.sides).flatMap((side) => side.vips);
  assertNone(
    touches(before, evidence(context, before, push.committedAtMs, Date.now()), vips),
    `things were felt of ${what}`,
  );
  return `${what}: refused after ${inSeconds(refusedAt - push.committedAtMs)} by ${application}: ${message.replace(/\s+/g, ' ').slice(0, 400)}`;
}

/**
 * The tries of MetalLB's Application take its values from the first one, which are the bad ones, and the root waits for
 * their end: until then no later commit reaches it.
 */
async function endTries(context: GitopsContext, application: string): Promise<void> {
  await endOperation(context, application);
  await waitForApplication(context, application, 'has ended its tries', isIn('Failed'), 300);
}

/** Until a sync has succeeded, an Application goes on saying why the one before it has failed. */
async function waitForGoodSync(context: GitopsContext, application: string): Promise<void> {
  const { operation } = (await readApplication(context.cluster.api, application)) ?? {};
  if (operation?.phase === 'Failed') await beginSync(context, application);
  await waitForApplication(context, application, 'has synced the good commit', isIn('Succeeded'), 600);
}

function isIn(phase: string): (application: SyncedApplication) => boolean {
  return ({ operation }) => operation?.phase === phase;
}

async function saidBy({ cluster: { api } }: GitopsContext, application: string): Promise<string[]> {
  const found = await readApplication(api, application);
  return found ? messagesOf(found) : [];
}

/** Everything in which an Application can say what it does not take. */
function messagesOf({ operation, conditions }: SyncedApplication): string[] {
  return [
    ...(operation?.syncResult?.resources ?? []).map(({ kind, name, message }) => `${kind} ${name}: ${message}`),
    ...conditions.map(({ type, message }) => `${type}: ${message}`),
    operation?.message ?? '',
  ];
}

function badCommits(context: GitopsContext): BadCommit[] {
  const { cluster, topology } = context;
  const { root: rootName, metallb, routeServers } = applicationNames(context);
  const overlay = `overlays/${cluster.plan.name}`;
  const apps = `clusters/${cluster.plan.name}/apps`;
  const [side] = Object.keys(topology.sides);
  if (side === undefined) throw new CheckFailure('The topology has no side.');
  return [
    {
      what: 'a field that Kubernetes does not know',
      application: routeServers,
      says: /unknownField/,
      edit: (root) => {
        change(root, `${overlay}/${side}/service.yaml`, 'spec:\n', 'spec:\n  unknownField: true\n');
      },
    },
    {
      what: "an address pool that MetalLB's webhook refuses",
      application: routeServers,
      says: /webhook/,
      edit: (root) => {
        change(root, `${overlay}/${side}/ip-address-pool.yaml`, 'addresses:\n', 'addresses:\n    - "no address"\n');
      },
    },
    {
      what: 'a ClusterRole beside the route servers',
      application: routeServers,
      says: /ClusterRole .*not permitted|not permitted.*ClusterRole/i,
      edit: (root) => {
        addObject(root, overlay, 'rbac.authorization.k8s.io/v1', 'ClusterRole');
      },
    },
    {
      what: 'a ConfigMap beside the Applications',
      application: rootName,
      says: /ConfigMap .*not permitted|not permitted.*ConfigMap/i,
      edit: (root) => {
        addObject(root, apps, 'v1', 'ConfigMap');
      },
    },
    {
      what: "a NetworkPolicy of MetalLB's chart",
      application: metallb,
      says: /NetworkPolicy .*not permitted|not permitted.*NetworkPolicy/i,
      edit: (root) => {
        change(
          root,
          `${apps}/metallb.yaml`,
          'valuesObject:\n',
          'valuesObject:\n        networkpolicies: { enabled: true }\n',
        );
      },
    },
  ];
}

function change(root: string, path: string, from: string, to: string): void {
  const file = join(root, path);
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new CheckFailure(`${path} has no ${JSON.stringify(from)}.`);
  writeFileSync(file, text.replace(from, to));
}

function addObject(root: string, folder: string, apiVersion: string, kind: string): void {
  const object = { apiVersion, kind, metadata: { name: 'meshrs-lab-outside' } };
  writeFileSync(join(root, folder, 'outside.yaml'), JSON.stringify(object));
  change(root, `${folder}/kustomization.yaml`, 'resources:\n', 'resources:\n  - outside.yaml\n');
}
