import { readApplication } from '../../argocd/applications.ts';
import { argoCdNamespace } from '../../argocd/upstream.ts';
import { readRollOut } from '../../gitops/roll-out-log.ts';
import { kubectl } from '../../kubernetes/kubectl.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import { applicationNames, gitopsCheck, inSeconds, waitForApplication } from './context.ts';
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
    const operation = { initiatedBy: { username: 'meshrs-lab' }, sync: { syncStrategy: { hook: {} } } };
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
          .map(([name]) => `${name} was changed`),
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
