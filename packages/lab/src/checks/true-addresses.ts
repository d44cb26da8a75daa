import { routeServersOf } from '@meshrs/topology';
import { clientSettings } from '../clients/client-session.ts';
import { readAgentStatus } from '../route-servers/agent-status.ts';
import { assertNone, type Check } from './check.ts';

/** Traffic to a VIP is translated on the node; the source must not be. */
export const trueAddresses: Check = {
  name: 'true-addresses',
  title: "each route server sees every client at the client's own address, and nobody else",
  deadlineSeconds: 30,
  run: async ({ api, plan, topology }) => {
    const expected = plan.clients.flatMap((client) =>
      clientSettings(client, topology)
        .sessions.slice(0, 1)
        .map(({ source }) => source as string),
    );
    const lists = await Promise.all(
      routeServersOf(topology).map(async ({ name }) => {
        const status = await readAgentStatus(api, topology.routeServers.namespace, name);
        const seen = (status?.sessions ?? [])
          .filter(({ kind, state }) => kind !== 'mesh' && state === 'established')
          .map(({ address }) => address);
        return [
          ...expected.filter((address) => !seen.includes(address)).map((address) => `${name} does not see ${address}`),
          ...seen
            .filter((address) => !expected.includes(address))
            .map((address) => `${name} sees ${address}, which is nobody's`),
        ];
      }),
    );
    assertNone(lists.flat(), 'addresses are wrong');
    return { facts: [`${expected.join(', ')} at each route server`] };
  },
};
