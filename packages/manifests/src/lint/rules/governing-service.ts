import type { Rule, RuleFinding } from '../rule.ts';
import { listed } from '../../words.ts';

export const governingService: Rule = {
  id: 'governing-service',
  title: 'The governing Service of a StatefulSet exists, is headless and lists pods that are not ready',
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
            message: `There is no Service ${serviceName} in ${namespace}.`,
            seen: serviceName,
            allowed: listed(inNamespace.map(({ view }) => view.metadata.name)),
            hint: 'correct spec.serviceName, or add the Service',
          },
        ];
      }
      const { clusterIP, publishNotReadyAddresses } = service.view.spec;
      if (clusterIP === 'None' && publishNotReadyAddresses) return [];
      return [
        {
          object: service.id,
          message: `It governs ${id}, and does not list all its pods by their own addresses.`,
          seen: `clusterIP ${clusterIP ?? 'not set'}, publishNotReadyAddresses ${String(publishNotReadyAddresses)}`,
          allowed: 'clusterIP: None and publishNotReadyAddresses: true',
          hint: 'restore both',
        },
      ];
    }),
};
