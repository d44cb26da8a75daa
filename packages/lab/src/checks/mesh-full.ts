import { routeServersOf } from '@meshrs/topology';
import { askAgent } from '../open-lab/open-cluster.ts';
import { sessionsOf } from '../route-servers/agent-status.ts';
import { assertNone, type LabCheck } from './check.ts';

export const meshFull: LabCheck = {
  name: 'mesh-full',
  title: 'every route server has an iBGP session with every other, by the router-ids of the topology',
  deadlineSeconds: 60,
  run: async (context) => {
    const routeServers = routeServersOf(context.topology);
    const lists = await Promise.all(
      routeServers.map(async ({ name, side }) => {
        const status = await askAgent(context, { name, side });
        const sessions = sessionsOf(status);
        if (!sessions) return [`${name} does not ${status ? 'tell its sessions' : 'answer'}`];
        const seen = sessions
          .filter(({ kind, state }) => kind === 'mesh' && state === 'established')
          .map(({ remoteRouterId }) => remoteRouterId);
        const others = routeServers.filter((other) => other.name !== name);
        return [
          ...others
            .filter(({ routerId }) => !seen.includes(routerId))
            .map((other) => `${name} has no session with ${other.name}`),
          ...(seen.length > others.length ? [`${name} has ${String(seen.length)} mesh sessions`] : []),
        ];
      }),
    );
    assertNone(lists.flat(), 'sessions are missing or too many');
    const count = (routeServers.length * (routeServers.length - 1)) / 2;
    return { facts: [`${String(routeServers.length)} route servers, ${String(count)} sessions`] };
  },
};
