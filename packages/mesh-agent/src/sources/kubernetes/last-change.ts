import { z } from 'zod';

/** Who changed what of an object, and when last (Kubernetes documentation, "Server-Side Apply", field management). */
export const history = {
  annotations: z.record(z.string(), z.string()).optional(),
  creationTimestamp: z.string().optional(),
  managedFields: z
    .array(
      z.object({ time: z.string().optional(), subresource: z.string().optional(), fieldsV1: z.unknown().optional() }),
    )
    .optional(),
};
export const historySchema = z.object(history);

/**
 * When anybody last changed it, its status aside; an apply that changes nothing leaves no trace (Kubernetes, "Server-Side
 * Apply"). Undefined where nothing tells.
 */
export function lastChange({ metadata }: { readonly metadata: z.output<typeof historySchema> }): number | undefined {
  const times = (metadata.managedFields ?? []).flatMap(({ time, subresource }) => (subresource ? [] : (time ?? [])));
  return latest([...times, ...(metadata.creationTimestamp === undefined ? [] : [metadata.creationTimestamp])]);
}

/** Undefined where none of them is a time. */
export function latest(times: readonly string[]): number | undefined {
  const known = times.map((time) => new Date(time).getTime()).filter((time) => !Number.isNaN(time));
  return known.length === 0 ? undefined : Math.max(...known);
}
