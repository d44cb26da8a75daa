import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const governingService: Rule = {
  id: 'governing-service',
  title:
    'The governing Service of a StatefulSet does not exist, is not headless, or leaves out pods that are not ready',
  why: 'Route servers become ready by their sessions, and find each other through this Service.',
  isWaivable: true,
  check: ({ workloads, services }) =>
    workloads.flatMap(({ id, kind, namespace, serviceName }): RuleFinding[] => {
      if (kind !== 'StatefulSet' || serviceName === undefined) return [];
      const inNamespace = services.filter(({ view }) => (view.metadata.namespace ?? '') === namespace);
      const service = inNamespace.find(({ view }) => view.metadata.name === serviceName);
      if (!service) {
        return [
          {
            object: id,
            message: `The governing Service ${serviceName} does not exist in ${namespace}.`,
            seen: serviceName,
            allowed: listed(inNamespace.map(({ view }) => view.metadata.name)),
            hint: `correct spec.serviceName of ${id}, or add the Service ${serviceName}`,
          },
        ];
      }
      const { clusterIP, publishNotReadyAddresses } = service.view.spec;
      if (clusterIP === 'None' && publishNotReadyAddresses) return [];
      return [
        {
          object: service.id,
          message: `The headless Service of ${id} does not publish an address for every pod.`,
          seen: `clusterIP ${clusterIP ?? 'not set'}, publishNotReadyAddresses ${String(publishNotReadyAddresses)}`,
          allowed: 'clusterIP: None and publishNotReadyAddresses: true',
          hint: 'set clusterIP: None and publishNotReadyAddresses: true',
        },
      ];
    }),
};
