import { routeServersOf } from '@meshrs/topology';
import { clientSettings } from '../clients/client-session.ts';
import { askAgent } from '../open-lab/open-cluster.ts';
import { sessionsOf } from '../route-servers/agent-status.ts';
import { assertNone, CheckFailure, type LabCheck } from './check.ts';

/** Traffic to a VIP is translated on the node; the source must not be. */
export const trueAddresses: LabCheck = {
  name: 'true-addresses',
  title: "the route servers of each side see every client at the client's own address, and nobody else",
  deadlineSeconds: 30,
  run: async (context) => {
    const { plan, topology } = context;
    const expected = plan.clients.flatMap((client) =>
      clientSettings(client, topology)
        .sessions.slice(0, 1)
        .map(({ source }) => source as string),
    );
    const seen = await Promise.all(
      routeServersOf(topology).map(async ({ name, side }) => {
        const status = await askAgent(context, { name, side });
        const sessions = sessionsOf(status);
        if (!sessions) throw new CheckFailure(`${name} does not tell its sessions.`);
        const addresses = sessions
          .filter(({ kind, state }) => kind !== 'mesh' && state === 'established')
          .map(({ address }): string => address);
        return { name, side, addresses };
      }),
    );
    // With several behind one VIP each has some of the clients.
    const missing = Object.keys(topology.sides).flatMap((side) => {
      const ofSide = seen.filter((one) => one.side === side).flatMap(({ addresses }) => addresses);
      return expected
        .filter((address) => !ofSide.includes(address))
        .map((address) => `side ${side} does not see ${address}`);
    });
    const foreign = seen.flatMap(({ name, addresses }) =>
      addresses
        .filter((address) => !expected.includes(address))
        .map((address) => `${name} sees ${address}, which is nobody's`),
    );
    assertNone([...missing, ...foreign], 'addresses are wrong');
    return { facts: seen.map(({ name, addresses }) => `${name}: ${addresses.join(', ')}`) };
  },
};
