import { ports } from '@meshrs/contract';
import { clientSettings } from '../clients/client-session.ts';
import { readDialledBy } from '../clients/dialled-by.ts';
import { probeTcp } from '../lab/tcp-probe.ts';
import { assertNone, CheckFailure, type LabCheck, type CheckContext } from './check.ts';

/**
 * A route server that dials does so from a node's address; the counter in each client's namespace tells who dialled.
 */
export const neverDials: LabCheck = {
  name: 'never-dials',
  title: 'no route server has ever sent a SYN to a client',
  deadlineSeconds: 60,
  run: async (context) => {
    const { plan, tools } = context;
    const dialled = await Promise.all(
      plan.clients.map(async ({ name, namespace }) =>
        [...(await readDialledBy(tools, namespace))]
          .filter(([source]) => source !== plan.core.routerId)
          .map(([source, count]) => `${name}: ${String(count)} from ${source}`),
      ),
    );
    assertNone(dialled.flat(), 'connections were opened towards clients');
    await assertCounterCounts(context);
    return { facts: [`0 towards ${String(plan.clients.length)} clients; a SYN from the core was counted`] };
  },
};

/** The same again, when route servers have come and gone. */
export const neverDialsAfter: LabCheck = {
  ...neverDials,
  name: 'never-dials-after',
  title: `${neverDials.title}, also not while they restarted`,
};

/** Opens a connection from the core, which must then stand in the counter. */
async function assertCounterCounts({ plan, tools, topology, lab }: CheckContext): Promise<void> {
  const [client] = plan.clients;
  const [session] = client ? clientSettings(client, topology).sessions : [];
  if (!client || !session) throw new CheckFailure('The topology has no client with an IPv4 address.');
  const from = plan.core.routerId;
  await probeTcp(lab, { namespace: plan.core.namespace, address: from }, { address: session.source, port: ports.bgp });
  const counted = (await readDialledBy(tools, client.namespace)).get(from) ?? 0;
  if (counted === 0) throw new CheckFailure(`The counter of ${client.name} did not count a SYN from ${from}.`);
}
