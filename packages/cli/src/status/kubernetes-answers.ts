import { z } from 'zod';

const restarts = z.array(z.object({ restartCount: z.number() })).default([]);

/** What the status shows of pods beside what the gate looks at. */
export const shownPodsSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ nodeName: z.string().optional() }),
      status: z
        .object({
          phase: z.string().default('Unknown'),
          conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
          containerStatuses: restarts,
          initContainerStatuses: restarts,
        })
        .prefault({}),
    }),
  ),
});

/** What it shows of a StatefulSet (apps/v1) beside that. */
export const shownStatefulSetSchema = z.object({
  spec: z.object({ template: z.object({ spec: z.object({ containers: z.array(z.object({ image: z.string() })) }) }) }),
  status: z.object({ updateRevision: z.string().optional() }).prefault({}),
});

export const serviceSchema = z.object({
  status: z
    .object({
      loadBalancer: z.object({ ingress: z.array(z.object({ ip: z.string().optional() })).default([]) }).prefault({}),
    })
    .prefault({}),
});

/** What is read of an Application (argoproj.io/v1alpha1), 3.2 to 3.5. */
export const applicationSchema = z.object({
  status: z
    .object({
      sync: z.object({ status: z.string(), revision: z.string().optional() }).optional(),
      health: z.object({ status: z.string().optional() }).optional(),
      operationState: z.object({ phase: z.string(), message: z.string().optional() }).optional(),
    })
    .prefault({}),
});

export const refusalSchema = z.object({ message: z.string() });
