import type { Topology } from '@meshrs/topology';
import { nodePaths } from '../../containerd/node-paths.ts';
import { pushTopology, readCurrentTopology } from '../../gitops/fleet.ts';
import { nodesOf } from '../../plan/lab-plan.ts';
import { run } from '../../host/run.ts';
import { containerImages } from '../../images/container-images.ts';
import { assertNone } from '../check.ts';
import { beginDisturbance, longestKeepaliveSeconds, settle } from '../disturbance.ts';
import { applicationNames, gitopsCheck, pushed, waitForSync, type GitopsContext } from './context.ts';
import { orderProblems, overheadProblems, readMoments, timeline } from './roll-out.ts';

/** The same agent by another name, so that a commit has an image to change to. */
const otherTag = 'localhost/meshrs-lab/mesh-agent:lab-other';

export const gitopsImage = gitopsCheck(
  {
    name: 'gitops-image',
    title:
      "a commit that changes both sides' image rolls one side at a time; no client is ever without its other session",
    deadlineSeconds: 1200,
  },
  async (context) => {
    const withOther = await otherImage(context);
    const before = await beginDisturbance(context);
    const push = await pushed(pushTopology(context.fleet, 'another agent image', withOther));
    await waitForSync(context, applicationNames(context).routeServers, push);
    await settle(context);
    const moments = readMoments(context, push);
    const facts = timeline(context, push, moments);
    assertNone(
      [
        ...orderProblems(context, before, moments),
        ...overheadProblems(moments, longestKeepaliveSeconds(context.topology)),
      ],
      'things went wrong',
      facts,
    );
    return { facts };
  },
);

/** The change of a topology that rolls every route server: it names the agent's image otherwise. */
export async function otherImage(context: GitopsContext): Promise<(topology: Topology) => Topology> {
  await tagImage(context);
  const current = readCurrentTopology(context.lab);
  const { agent } = containerImages(context.lab.paths.repository);
  const image = current.routeServers.images.agent === otherTag ? agent.name : otherTag;
  return (one) => withAgent(one, image);
}

export function withAgent(topology: Topology, agent: string): Topology {
  const { routeServers } = topology;
  return { ...topology, routeServers: { ...routeServers, images: { ...routeServers.images, agent } } };
}

async function tagImage({ lab, tools, plan }: GitopsContext): Promise<void> {
  const { agent } = containerImages(lab.paths.repository);
  for (const node of nodesOf(plan)) {
    const ctr = [tools.ctr, '--address', nodePaths(lab, node).containerdSocket, '--namespace', 'k8s.io'] as const;
    await run([ctr[0], ...ctr.slice(1), 'images', 'tag', '--force', agent.name, otherTag]);
  }
}
