import { ports } from '@meshrs/contract';
import { containersOf } from '../../built/workloads.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const noBgpProbe: Rule = {
  id: 'no-bgp-probe',
  title: 'A probe dials the BGP port',
  why: 'The daemon answers each connection with a BGP OPEN, and counts a broken session every few seconds.',
  isWaivable: true,
  check: ({ workloads }) =>
    workloads.flatMap((workload) =>
      containersOf(workload).flatMap(({ name, ports: own, livenessProbe, readinessProbe, startupProbe }) =>
        Object.entries({ livenessProbe, readinessProbe, startupProbe }).flatMap(([probe, view]): RuleFinding[] => {
          const port = view?.tcpSocket?.port;
          const number = typeof port === 'string' ? own.find((each) => each.name === port)?.containerPort : port;
          if (number !== ports.bgp) return [];
          return [
            {
              object: workload.id,
              message: `The ${probe} of container ${name} dials the BGP port, ${String(ports.bgp)}.`,
              seen: `tcpSocket ${String(port)}`,
              allowed: "the probes of the agent, which knows the engine's state",
              hint: 'remove the probe',
            },
          ];
        }),
      ),
    ),
};
