import type { CoreV1Event, V1EndpointSlice } from '@kubernetes/client-node';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import {
  addressesOf,
  applyWatchEvent,
  cacheOf,
  endpointSliceListSchema,
  watchEventSchema,
  type endpointSliceSchema,
} from './endpoint-slice.ts';

const slice = (name: string, ...endpoints: readonly (readonly [string, string, boolean?])[]) => ({
  metadata: { name, resourceVersion: '7', labels: { 'kubernetes.io/service-name': 'meshrr-core' } },
  addressType: name.endsWith('v6') ? 'IPv6' : 'IPv4',
  endpoints: endpoints.map(([pod, address, isReady = true]) => ({
    addresses: [address],
    conditions: { ready: isReady, serving: isReady, terminating: !isReady },
    targetRef: { kind: 'Pod', name: pod },
  })),
});
const list = (...items: readonly unknown[]) =>
  cacheOf(endpointSliceListSchema.parse({ metadata: { resourceVersion: '9' }, items }));
const event = (type: string, object: unknown) => watchEventSchema.parse({ type, object });

describe('endpointSliceSchema', () => {
  it('reads nothing that Kubernetes types otherwise', () => {
    type Read = z.input<typeof endpointSliceSchema>;
    expectTypeOf<V1EndpointSlice['addressType']>().toExtend<Read['addressType']>();
    expectTypeOf<NonNullable<V1EndpointSlice['endpoints']>[number]['addresses']>().toExtend<
      NonNullable<Read['endpoints']>[number]['addresses']
    >();
    expectTypeOf<NonNullable<NonNullable<V1EndpointSlice['endpoints']>[number]['targetRef']>['name']>().toExtend<
      string | undefined
    >();
    // A kind that is no EndpointSlice must not fit, or the lines above prove nothing.
    expectTypeOf<CoreV1Event>().not.toExtend<Read>();
  });

  it('takes a Service that selects nothing', () => {
    const empty = { ...slice('a'), endpoints: null };
    expect(addressesOf(list(empty), 'rs-a-0')).toEqual({ others: [], own: [], pods: new Map(), notUnderstood: [] });
  });
});

describe('addressesOf', () => {
  it('takes addresses of both families, ready or not, and tells its own pod by name', () => {
    const cache = list(
      slice('a', ['rs-a-0', '10.8.0.1'], ['rs-b-0', '10.8.0.2', false]),
      slice('a-v6', ['rs-a-0', '2001:DB8::1'], ['rs-b-0', '2001:db8::2']),
    );
    expect(addressesOf(cache, 'rs-a-0')).toEqual({
      others: ['10.8.0.2', '2001:db8::2'],
      own: ['10.8.0.1', '2001:db8::1'],
      pods: new Map([
        ['10.8.0.2', 'rs-b-0'],
        ['2001:db8::2', 'rs-b-0'],
      ]),
      notUnderstood: [],
    });
  });

  it.each([
    ['names another kind of object', { kind: 'Node', name: 'rs-a-0' }],
    ['names no kind', { name: 'rs-a-0' }],
    ['names another pod', { kind: 'Pod', name: 'rs-a-00' }],
    ['names no pod', { kind: 'Pod' }],
    ['is null', null],
    ['is not there', undefined],
  ])('takes an endpoint for another route server when its reference %s', (_, targetRef) => {
    const endpoints = [{ addresses: ['10.8.0.1'], ...(targetRef !== undefined && { targetRef }) }];
    expect(addressesOf(list({ ...slice('a'), endpoints }), 'rs-a-0')).toMatchObject({ others: ['10.8.0.1'], own: [] });
  });

  it('names an address once, and passes over what is none', () => {
    const twice = slice('a', ['rs-b-0', '10.8.0.2'], ['rs-b-0', '10.8.0.2'], ['rs-c-0', 'rs-c-0.meshrr']);
    expect(addressesOf(list(twice, slice('b', ['rs-b-0', '10.8.0.2'])), 'rs-a-0').others).toEqual(['10.8.0.2']);
  });

  it('passes over slices of names, and addresses that are none, by name', () => {
    const names = { ...slice('a', ['x', 'rs.example']), addressType: 'FQDN' };
    const odd = slice('b', ['rs-b-0', 'rs-b-0.meshrr'], ['rs-c-0', '::ffff:10.8.0.3'], ['rs-d-0', '10.8.0.4']);
    expect(addressesOf(list(names, odd), 'rs-a-0')).toMatchObject({
      others: ['::ffff:a08:3', '10.8.0.4'],
      notUnderstood: [
        'EndpointSlice a has names, and no addresses',
        '"rs-b-0.meshrr" is no address, in EndpointSlice b',
      ],
    });
  });
});

describe('applyWatchEvent', () => {
  const cache = list(slice('a', ['rs-b-0', '10.8.0.2']));
  const others = (...events: readonly ReturnType<typeof event>[]) =>
    addressesOf(events.reduce(applyWatchEvent, cache), 'rs-a-0').others;

  it('adds, replaces and deletes whole slices', () => {
    expect(others(event('ADDED', slice('b', ['rs-c-0', '10.8.0.3'])))).toEqual(['10.8.0.2', '10.8.0.3']);
    expect(others(event('MODIFIED', slice('a', ['rs-b-0', '10.8.0.9'])))).toEqual(['10.8.0.9']);
    expect(others(event('DELETED', slice('a')))).toEqual([]);
  });

  it('changes nothing at a bookmark, and leaves the cache that it was given as it is', () => {
    expect(others(event('BOOKMARK', { metadata: { resourceVersion: '11' } }))).toEqual(['10.8.0.2']);
    expect(cache.size).toBe(1);
  });
});
