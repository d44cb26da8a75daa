import { setTimeout as sleep } from 'node:timers/promises';
import { ports } from '@meshrs/contract';
import { injectedRoutes } from '../clients/injected-routes.ts';
import { startUndeclaredClient, type UndeclaredClient } from '../clients/undeclared-clients.ts';
import { probeTcp } from '../lab/tcp-probe.ts';
import { waitUntil } from '../host/wait.ts';
import { planUndeclaredClients, type UndeclaredClientPlan } from '../plan/undeclared-clients.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';

/** How long those who may not come go on trying; they dial every two seconds. */
const tryingMs = 15_000;

/** The first undeclared client may come and shows that the way is open: what the others do not get, they are refused. */
export const undeclaredClients: LabCheck = {
  name: 'undeclared-clients',
  title:
    'an undeclared client of a group gets every route; one with a wrong AS gets nothing, and one from a wrong address no connection',
  deadlineSeconds: 180,
  run: async (context) => {
    const plans = planUndeclaredClients(context.plan, context.topology);
    if (!plans) {
      return {
        facts: [],
        notProven: ['undeclared-clients: the client groups have no free address or AS number to try'],
      };
    }
    const dialling: UndeclaredClient[] = [];
    try {
      for (const plan of plans) dialling.push(await startUndeclaredClient(context, plan, context.connectTo));
      await assertReachable(context, plans);
      const [guest] = dialling;
      if (!guest) throw new CheckFailure('There is no undeclared client.');
      const wanted = expectedRoutes(context);
      const vips = Object.values(context.topology.sides).flatMap((side) => side.vips);
      await waitUntil(
        'the undeclared client that may come has every route from every side',
        () => vips.every((vip) => (guest.routes.get(vip)?.size ?? 0) >= wanted),
        {
          deadlineMs: 90_000,
          signal: context.signal,
          next: 'look at what the route servers say of it: meshrs lab status LAB',
          seen: () =>
            vips.map((vip) => `${vip}: ${String(guest.routes.get(vip)?.size ?? 0)} of ${String(wanted)}`).join(', '),
        },
      );
      await sleep(tryingMs, undefined, { signal: context.signal });
      const refused = dialling.filter(({ plan }) => !plan.isAllowed);
      assertNone(refused.flatMap(whatItGot), 'things came to undeclared clients');
      return { facts: [`${guest.plan.name}: ${String(wanted)} routes from each side`, ...refused.map(howItWent)] };
    } finally {
      for (const undeclared of dialling) await undeclared.end();
    }
  },
};

/** Everything that all clients announce. */
function expectedRoutes({ plan }: CheckContext): number {
  return plan.clients.reduce((sum, client, index) => sum + injectedRoutes(client, index, 'all-sides').length, 0);
}

/**
 * A handshake must be possible, or the network and not the route server keeps the undeclared client out; but for an address of
 * no client group, which the NetworkPolicies do not let in.
 */
async function assertReachable({ lab, topology }: CheckContext, plans: readonly UndeclaredClientPlan[]): Promise<void> {
  const [vip] = Object.values(topology.sides).flatMap((side) => side.vips);
  for (const { name, namespace, source, isOfGroup } of plans) {
    const result = await probeTcp(lab, { namespace, address: source }, { address: vip ?? '', port: ports.bgp });
    if ((result === 'connected') === isOfGroup) continue;
    const problem = isOfGroup ? 'cannot reach' : 'should not reach';
    throw new CheckFailure(`The undeclared client ${name} ${problem} ${vip ?? ''}: ${result}.`);
  }
}

function whatItGot({ plan, routes }: UndeclaredClient): string[] {
  return [...routes].map(([vip, seen]) => `${plan.name} (${plan.why}) got ${String(seen.size)} routes from ${vip}`);
}

function howItWent({ plan, established }: UndeclaredClient): string {
  const sessions = [...established.values()].reduce((sum, count) => sum + count, 0);
  return `${plan.name} (${plan.why}): TCP ${plan.isOfGroup ? 'opens' : 'is refused'}, ${sessions === 0 ? 'no session came up' : `${String(sessions)} sessions came up and were ended`}, no route`;
}
