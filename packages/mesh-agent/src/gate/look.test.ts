import { createHash } from 'node:crypto';
import { columnsOf, createClientBook, type GateIntent } from '@meshrs/contract';
import { nothingRemembered } from '@meshrs/gate';
import { describe, expect, it } from 'vitest';
import { AgentFailure, type AgentFailureCode } from '../failure.ts';
import type { DatedApiClient } from '../sources/kubernetes/api-client.ts';
import { createFleetReader, type FleetReader } from '../fleet/fleet-reader.ts';
import { look } from './look.ts';

const apiFailures = [
  'api-unreachable',
  'api-timeout',
  'api-unauthorized',
  'api-forbidden',
  'api-gone',
  'api-refused',
  'api-answer-not-understood',
] as const satisfies readonly AgentFailureCode[];

const sets = '/apis/apps/v1/namespaces/meshrr/statefulsets';
const maps = '/api/v1/namespaces/meshrr/configmaps';
const pods = '/api/v1/namespaces/meshrr/pods?labelSelector=app%3Dmeshrr-evpnrs';
const sides = ['a', 'b'].map((name) => ({
  name,
  statefulSets: [`routeserver-${name}`, `routeserver-${name}2`],
  settings: `routeserver-${name}-settings`,
}));
const intent: GateIntent = { next: 'b', sides, selector: 'app=meshrr-evpnrs', timeoutSeconds: 1, allowMissing: [] };

const readAtMs = Date.parse('2026-11-22T13:30:00Z');

/** What an API without any object of the route servers answers; `exceptions` are other answers, by path. */
function lookAtApi(exceptions: Readonly<Record<string, unknown>>, of: GateIntent = intent) {
  const asked: string[] = [];
  const client: DatedApiClient = {
    getDated: async (path) => {
      asked.push(path);
      await Promise.resolve();
      const answer = path in exceptions ? exceptions[path] : path === pods ? { items: [] } : failure('api-not-found');
      if (answer instanceof Error) throw answer;
      return { value: answer, dateMs: readAtMs };
    },
    close: () => undefined,
  };
  return {
    asked,
    seen: look(client, 'meshrr', of, {
      agents: createFleetReader(),
      memory: nothingRemembered,
      signal: new AbortController().signal,
    }),
  };
}

function failure(code: AgentFailureCode): AgentFailure {
  return new AgentFailure(`The API in memory: ${code}.`, { code, operation: 'GET', retryable: true });
}

describe('a look of the gate', () => {
  it('keeps the columns that the next comparison goes by, in case it fails', async () => {
    const columns = columnsOf(createClientBook(), []);
    const before = { routeServer: 'routeserver-a-0', clients: columns, unchangedSeconds: 0, settled: new Uint8Array() };
    const memory = {
      ...nothingRemembered,
      keepers: new Map([['a', { ...before, heard: undefined, isWaiting: false }]]),
    };
    const reader = createFleetReader();
    const needed: unknown[] = [];
    const agents: FleetReader = { ...reader, begin: (_, those) => needed.push(...(those ?? [])) };
    const client: DatedApiClient = {
      getDated: (path) =>
        path === pods
          ? Promise.resolve({ value: { items: [] }, dateMs: readAtMs })
          : Promise.reject(failure('api-not-found')),
      close: () => undefined,
    };
    await look(client, 'meshrr', intent, { agents, memory, signal: new AbortController().signal });
    expect(needed).toEqual([columns]);
  });

  it('sees that there is nothing yet where the API says so of each object', async () => {
    const { asked, seen } = lookAtApi({});
    expect(await seen).toEqual({
      sides: sides.map(({ name, statefulSets, settings }) => ({
        name,
        statefulSets: statefulSets.map((each) => ({ name: each, found: undefined })),
        settings: {
          configMap: settings,
          revision: undefined,
          sideRevision: undefined,
          changedAtMs: undefined,
          markedAtMs: undefined,
        },
      })),
      routeServers: [],
      nobodys: [],
      fleet: undefined,
      changes: new Map(),
    });
    // The rights that a gate has, and no more.
    expect([...asked].sort()).toEqual(
      [
        pods,
        ...sides.flatMap(({ statefulSets, settings }) => [
          ...statefulSets.map((each) => `${sets}/${each}`),
          `${maps}/${settings}`,
        ]),
      ].sort(),
    );
  });

  it('asks for the object of the fleet where its name was told, and knows when it was changed', async () => {
    const fleet = `${maps}/x-fleet`;
    const withFleet = { ...intent, fleet: 'x-fleet' };
    const { asked, seen } = lookAtApi({}, withFleet);
    expect((await seen).fleet).toEqual({ configMap: 'x-fleet', revision: undefined, change: undefined });
    expect(asked).toContain(fleet);
    const metadata = { creationTimestamp: '2026-11-22T13:05:00Z' };
    const there = lookAtApi({ [fleet]: { metadata, data: { 'fleet.yml': 'routerIds: {}\n' } } }, withFleet);
    expect((await there.seen).fleet).toEqual({
      configMap: 'x-fleet',
      revision: createHash('sha256').update('routerIds: {}\n').digest('hex'),
      change: { changedAtMs: Date.parse('2026-11-22T13:05:00Z'), readAtMs },
    });
    for (const code of apiFailures) {
      await expect(lookAtApi({ [fleet]: failure(code) }, withFleet).seen).rejects.toMatchObject({ code });
    }
  });

  // An API that does not answer is no cluster without route servers: before an empty side the gate is open.
  it.each(
    [
      `${sets}/routeserver-a`,
      `${sets}/routeserver-b`,
      `${sets}/routeserver-b2`,
      `${maps}/routeserver-a-settings`,
    ].flatMap((path) => apiFailures.map((code) => [path, code] as const)),
  )('fails when %s gives %s', async (path, code) => {
    await expect(lookAtApi({ [path]: failure(code) }).seen).rejects.toMatchObject({ code });
  });

  it.each([...apiFailures, 'api-not-found'] as const)('fails when the list of pods gives %s', async (code) => {
    await expect(lookAtApi({ [pods]: failure(code) }).seen).rejects.toMatchObject({ code });
  });

  it('does not take a fault of its own for an object that is not there', async () => {
    await expect(lookAtApi({ [`${sets}/routeserver-b`]: new TypeError('x is undefined') }).seen).rejects.toThrow(
      TypeError,
    );
  });

  it.each([
    [`${sets}/routeserver-b`, {}],
    [`${sets}/routeserver-b`, { kind: 'Status', code: 403 }],
    [`${sets}/routeserver-b`, null],
    [`${maps}/routeserver-b-settings`, { data: { 'meshrr.conf.yml': 1 } }],
    [pods, {}],
    [pods, { items: null }],
  ])('fails when %s gives what is no such object: %j', async (path, answer) => {
    await expect(lookAtApi({ [path]: answer }).seen).rejects.toMatchObject({
      code: 'api-answer-not-understood',
      operation: `GET ${path}`,
    });
  });

  it('takes the youngest change among StatefulSets and settings of a side, and the time of the API server with it', async () => {
    const changed = (time: string) => ({ metadata: { name: 'x', creationTimestamp: time }, spec: {} });
    const { seen } = lookAtApi({
      [`${sets}/routeserver-a`]: changed('2026-11-22T13:05:00Z'),
      [`${sets}/routeserver-a2`]: changed('2026-11-22T13:01:00Z'),
      [`${maps}/routeserver-a-settings`]: changed('2026-11-22T13:03:00Z'),
      [`${sets}/routeserver-b`]: changed('2026-11-22T13:02:00Z'),
      [`${maps}/routeserver-b-settings`]: changed('2026-11-22T13:07:00Z'),
    });
    expect(Object.fromEntries((await seen).changes)).toEqual({
      a: { changedAtMs: Date.parse('2026-11-22T13:05:00Z'), readAtMs },
      b: { changedAtMs: Date.parse('2026-11-22T13:07:00Z'), readAtMs },
    });
  });

  it('does not take an object that does not tell when it was changed for an old one', async () => {
    const { seen } = lookAtApi({
      [`${sets}/routeserver-a`]: { metadata: { name: 'x', creationTimestamp: '2026-11-22T13:05:00Z' }, spec: {} },
      [`${sets}/routeserver-a2`]: { metadata: { name: 'x' }, spec: {} },
    });
    expect((await seen).changes.get('a')).toEqual({ changedAtMs: undefined, readAtMs });
  });

  it('names the pods that are of no side, and does not ask them', async () => {
    const pod = (name: string, labels?: object, owner = 'another') => ({
      metadata: {
        name,
        ...(labels && { labels }),
        ownerReferences: [{ kind: 'StatefulSet', name: owner, controller: true }],
      },
      status: {},
    });
    const items = [pod('x'), pod('y', { side: 'c' }), pod('routeserver-a-0', { side: 'a' }, 'routeserver-a')];
    const { routeServers, nobodys } = await lookAtApi({ [pods]: { items } }).seen;
    expect(routeServers.map(({ name }) => name)).toEqual(['routeserver-a-0']);
    expect(nobodys).toEqual([
      { name: 'x', why: 'no-side' },
      { name: 'y', why: 'other-side', side: 'c' },
    ]);
  });

  it('tells of a pod without an address that it cannot be read, and why', async () => {
    const pod = { metadata: { name: 'routeserver-b-0', labels: { side: 'b' } }, status: { phase: 'Running' } };
    const { routeServers } = await lookAtApi({ [pods]: { items: [pod] } }).seen;
    expect(routeServers).toMatchObject([{ name: 'routeserver-b-0', side: 'b', reading: { kind: 'unreadable' } }]);
  });
});
