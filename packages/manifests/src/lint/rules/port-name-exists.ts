import { podsBehind } from '../../built/selects.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import type { ContainerView } from '../../built/views.ts';
import { containersOf, runningContainersOf } from '../../built/workloads.ts';
import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const portNameExists: Rule = {
  id: 'port-name-exists',
  title: 'A Service or a probe names a port that the pod or container does not have',
  why: 'The Service has no endpoint; the probe never passes.',
  isWaivable: true,
  check: (cluster) => [...servicePorts(cluster), ...probePorts(cluster)],
};

function servicePorts(cluster: BuiltCluster): RuleFinding[] {
  return cluster.services.flatMap(({ id, view }) => {
    const pods = new Set(podsBehind(cluster, view).map(({ name, namespace }) => `${namespace}/${name}`));
    const workloads = cluster.workloads.filter(({ pods: own }) =>
      own.some(({ name, namespace }) => pods.has(`${namespace}/${name}`)),
    );
    return view.spec.ports.flatMap(({ targetPort }) => {
      if (typeof targetPort !== 'string') return [];
      return workloads
        .map((workload) => ({ workload, names: portNames(runningContainersOf(workload)) }))
        .filter(({ names }) => !names.includes(targetPort))
        .map(({ workload, names }) => ({
          object: id,
          message: `The Service names the port ${targetPort}, which the pods of ${workload.id} do not have.`,
          seen: targetPort,
          allowed: listed(names),
          hint: 'correct targetPort, or name the port in the container',
        }));
    });
  });
}

function probePorts({ workloads }: BuiltCluster): RuleFinding[] {
  return workloads.flatMap((workload) =>
    containersOf(workload).flatMap((container) => {
      const { livenessProbe, readinessProbe, startupProbe } = container;
      const names = portNames([container]);
      return Object.entries({ livenessProbe, readinessProbe, startupProbe }).flatMap(([probe, view]): RuleFinding[] => {
        const port = view?.httpGet?.port ?? view?.tcpSocket?.port;
        if (typeof port !== 'string' || names.includes(port)) return [];
        return [
          {
            object: workload.id,
            message: `The ${probe} of container ${container.name} names the port ${port}, which the container does not have.`,
            seen: port,
            allowed: listed(names),
            hint: 'correct the port, or name it in the container',
          },
        ];
      });
    }),
  );
}

function portNames(containers: readonly ContainerView[]): string[] {
  return containers.flatMap(({ ports }) => ports.flatMap(({ name }) => name ?? []));
}
