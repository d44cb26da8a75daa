import type { IpAddress } from '@meshrs/network';
import { shown } from '@meshrs/contract';
import { z } from 'zod';
import { AgentFailure } from '../../failure.ts';
import { readAddresses } from '../read-addresses.ts';
import { parseAnswer } from '../../parse-answer.ts';

/** What the agent reads of an EndpointSlice (discovery.k8s.io/v1); whatever else stands there does not matter. */
export const endpointSliceSchema = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string().optional() }),
  addressType: z.string(),
  /** Null or absent when a Service selects nothing. */
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()),
        targetRef: z.object({ kind: z.string().optional(), name: z.string().optional() }).nullish(),
      }),
    )
    .nullish(),
});
export type EndpointSlice = z.output<typeof endpointSliceSchema>;

export const endpointSliceListSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  items: z.array(endpointSliceSchema),
});
export type EndpointSliceList = z.output<typeof endpointSliceListSchema>;

/** One line of a watch (Kubernetes API concepts, "Efficient detection of changes"). */
export const watchEventSchema = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['ADDED', 'MODIFIED', 'DELETED']), object: endpointSliceSchema }),
  z.object({ type: z.literal('BOOKMARK'), object: z.object({ metadata: z.object({ resourceVersion: z.string() }) }) }),
  z.object({
    type: z.literal('ERROR'),
    object: z.object({ code: z.number().optional(), message: z.string().optional(), reason: z.string().optional() }),
  }),
]);
export type WatchEvent = z.output<typeof watchEventSchema>;

/** Checks what the API answered to a list. @throws AgentFailure `api-answer-not-understood` */
export function readSliceList(value: unknown): EndpointSliceList {
  return read(endpointSliceListSchema, value);
}

/** Checks one line of a watch. @throws AgentFailure `api-answer-not-understood` */
export function readWatchEvent(value: unknown): WatchEvent {
  return read(watchEventSchema, value);
}

/** The EndpointSlices of one Service, by name. */
export type SliceCache = ReadonlyMap<string, EndpointSlice>;

export function cacheOf(list: EndpointSliceList): SliceCache {
  return new Map(list.items.map((slice) => [slice.metadata.name, slice]));
}

/** The cache after one event of the watch. */
export function applyWatchEvent(cache: SliceCache, event: WatchEvent): SliceCache {
  if (event.type === 'BOOKMARK' || event.type === 'ERROR') return cache;
  const next = new Map(cache);
  if (event.type === 'DELETED') next.delete(event.object.metadata.name);
  else next.set(event.object.metadata.name, event.object);
  return next;
}

/**
 * The published addresses, ready or not: a route server that is not ready yet, or terminates, is a peer all the same.
 * The pod named `ownPod` is this route server, whatever address of it stands there. `pods` says whose an address is.
 */
export function addressesOf(
  cache: SliceCache,
  ownPod: string,
): {
  readonly others: readonly IpAddress[];
  readonly own: readonly IpAddress[];
  readonly pods: ReadonlyMap<IpAddress, string>;
  /** What is passed over, by name. */
  readonly notUnderstood: readonly string[];
} {
  const others = new Set<IpAddress>();
  const own = new Set<IpAddress>();
  const pods = new Map<IpAddress, string>();
  const notUnderstood: string[] = [];
  for (const slice of cache.values()) {
    // Address type FQDN holds names; EndpointSlices of a Service's pods never do.
    if (slice.addressType === 'FQDN') {
      notUnderstood.push(`EndpointSlice ${shown(slice.metadata.name)} has names, and no addresses`);
      continue;
    }
    for (const { addresses, targetRef } of slice.endpoints ?? []) {
      const pod = targetRef?.kind === 'Pod' ? targetRef.name : undefined;
      const read = readAddresses(addresses);
      notUnderstood.push(...read.odd.map((odd) => `${odd}, in EndpointSlice ${shown(slice.metadata.name)}`));
      for (const address of read.addresses) {
        (pod === ownPod ? own : others).add(address);
        if (pod !== undefined && pod !== ownPod) pods.set(address, pod);
      }
    }
  }
  return { others: [...others], own: [...own], pods, notUnderstood };
}

function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  return parseAnswer(
    schema,
    value,
    (why, cause) =>
      new AgentFailure(`The Kubernetes API gave an object that is no EndpointSlice of discovery.k8s.io/v1: ${why}.`, {
        code: 'api-answer-not-understood',
        operation: 'read EndpointSlices',
        retryable: true,
        cause,
      }),
  );
}
