import { z } from 'zod';
import { applicationsPath, readApplication } from '../../argocd/applications.ts';
import { argoCdNamespace } from '../../argocd/upstream.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds, waitForApplication, type GitopsContext } from './context.ts';
import { readObjects } from './objects.ts';
import { evidence } from './roll-out.ts';

export const gitopsAgain = gitopsCheck(
  {
    name: 'gitops-again',
    title: 'a second sync of the same commit changes no object and touches no session',
    deadlineSeconds: 420,
  },
  async (context) => {
    const { lab, tools, api, topology } = context;
    const { routeServers } = applicationNames(context);
    const before = await beginDisturbance(context);
    const syncs = (await readApplication(api, routeServers))?.syncs;
    if (syncs === undefined) throw new CheckFailure(`There is no Application ${routeServers}.`);
    const versions = await readObjects(context);
    const fromMs = Date.now();
    // As `argocd app sync` does it: what stands in the Application holds for this sync, too.
    const { syncOptions, prune } = await readSyncPolicy(context, routeServers);
    const operation = {
      initiatedBy: { username: 'meshrs-lab' },
      sync: { syncOptions, prune, syncStrategy: { hook: {} } },
    };
    await kubectl(lab, tools, [
      ...['--namespace', argoCdNamespace, 'patch', 'applications.argoproj.io', routeServers, '--type=merge'],
      ...['--patch', JSON.stringify({ operation })],
    ]);
    await waitForApplication(
      context,
      routeServers,
      'has synced once more',
      (one) => one.syncs > syncs && one.operation?.phase === 'Succeeded',
      300,
    );
    const took = Date.now() - fromMs;
    await settle(context);
    const after = await readObjects(context);
    const vips = Object.values(topology.sides).flatMap((side) => side.vips);
    const gates = readRollOut(lab, fromMs).filter(
      (one) =>
        one.kind === 'pod' &&
        one.name.endsWith('-gate') &&
        one.phase === 'Succeeded' &&
        !one.isTerminating &&
        !one.isGone,
    );
    assertNone(
      [
        ...[...versions]
          .filter(([name, version]) => after.get(name) !== version)
          .map(([name, version]) => `${name} was ${version} and is ${after.get(name) ?? 'gone'}`),
        ...touches(before, evidence(context, before, fromMs, Date.now()), vips),
      ],
      'things changed',
    );
    return {
      facts: [
        `${String(versions.size)} objects unchanged; the sync took ${inSeconds(took)}, ${String(new Set(gates.map(({ name }) => name)).size)} gates passed in it`,
      ],
    };
  },
);

const policySchema = z.object({
  spec: z.object({
    syncPolicy: z.object({ syncOptions: z.array(z.string()), automated: z.object({ prune: z.boolean() }) }),
  }),
});

async function readSyncPolicy(
  { api }: GitopsContext,
  name: string,
): Promise<{ syncOptions: readonly string[]; prune: boolean }> {
  const { syncPolicy } = policySchema.parse(await api.get(`${applicationsPath}/${name}`)).spec;
  return { syncOptions: syncPolicy.syncOptions, prune: syncPolicy.automated.prune };
}
