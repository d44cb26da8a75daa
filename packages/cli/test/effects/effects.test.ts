import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareBuilt, type Comparison } from '@meshrs/impact';
import { clusterObjects, type KubernetesObject } from '@meshrs/manifests';
import {
  casesFolder,
  editable,
  find,
  frrConfigurations,
  readText,
  set,
  type Editable,
} from '@meshrs/manifests/test-support';
import { waitFor, waitWithin } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathOf } from '../interlock/guarded-cluster.ts';
import { makeServed } from './fleet-api.ts';
import { metallbRows } from './metallb-rows.ts';
import { factsOfTopology, isRefusedByMetallb, saidOfRow } from './metallb-rules.ts';
import { rows, swaps, type Row } from './rows.ts';
import { startRealServers, type RealServers } from './real-servers.ts';

/*
 * What `build` says of a change is held against what Kubernetes and MetalLB do with it: refuse it, replace pods, take an
 * address away, or take it without a consequence.
 */

const management = `management:
  enabled: true
  pool: 192.168.18.0/24
  interface: ens3
  addresses: { routeserver-a-0: 192.168.18.3, routeserver-b-0: 192.168.18.4 }

`;
const text = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8').replace(
  'metallb:\n',
  `${management}metallb:\n  bfd: {}\n`,
);
const committed = clusterObjects({ cluster: 'dci', topology: readText(text), hasCustom: false }).filter(
  ({ metadata }) => metadata.annotations?.['argocd.argoproj.io/hook'] === undefined,
);
const copies = (): Editable[] => editable(committed);

let servers: RealServers;
beforeAll(async () => {
  servers = await startRealServers();
  for (const object of [...committed].sort(byWave)) await makeServed(object, servers, 30_000);
  await settled();
});
afterAll(async () => {
  await servers.stop();
});

const waveOf = ({ metadata }: KubernetesObject): number =>
  Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0);
function byWave(one: KubernetesObject, other: KubernetesObject): number {
  return waveOf(one) - waveOf(other);
}

/** Pods by their UIDs, addresses by the Services that have them. */
interface Seen {
  readonly pods: Readonly<Record<string, string>>;
  readonly vips: Readonly<Record<string, string>>;
}

async function look(): Promise<Seen> {
  const pods = await servers.get('/api/v1/namespaces/meshrr/pods');
  const services = await servers.get('/api/v1/namespaces/meshrr/services');
  const itemsOf = (body: unknown): unknown => (body as { readonly items: unknown }).items;
  interface Service {
    readonly metadata: { readonly name: string };
    readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip: string }[] } };
  }
  interface Pod {
    readonly metadata: { readonly name: string; readonly uid: string; readonly deletionTimestamp?: string };
  }
  return {
    pods: Object.fromEntries(
      (itemsOf(pods.body) as readonly Pod[]).map(({ metadata: { name, uid, deletionTimestamp } }) => [
        name,
        deletionTimestamp === undefined ? uid : `${uid} ends`,
      ]),
    ),
    vips: Object.fromEntries(
      (itemsOf(services.body) as readonly Service[])
        .filter(({ metadata }) => /^routeserver-.$/.test(metadata.name))
        .map(({ metadata, status }) => [metadata.name, (status.loadBalancer.ingress ?? []).map(({ ip }) => ip).join()]),
    ),
  };
}

const vips = { 'routeserver-a': '192.168.255.1', 'routeserver-b': '192.168.255.2' };

async function settled(): Promise<Seen> {
  return waitFor(
    'both pods and both VIPs are there',
    look,
    (seen) =>
      Object.keys(seen.pods).join() === 'routeserver-a-0,routeserver-b-0' &&
      Object.values(seen.pods).every((uid) => !uid.endsWith('ends')) &&
      JSON.stringify(seen.vips) === JSON.stringify(vips),
    60_000,
    50,
  );
}

/** What is said of a side, in the words that can be measured here. */
function said({ effects, metallbRefusals }: Comparison) {
  const kinds = (...some: string[]): boolean => effects.some(({ kind }) => some.includes(kind));
  return {
    refused: kinds('recreates') || metallbRefusals.length > 0,
    pods: kinds('restarts'),
    podsGo: kinds('loses', 'removes', 'unknown'),
    vip:
      kinds('renumbers') || effects.some(({ kind, object }) => kind === 'loses' && object.startsWith('IPAddressPool')),
    anything: effects.length > 0 || metallbRefusals.length > 0,
  };
}

/** Waits for what was said, or lets the controllers have time to do what was not. */
async function lookAfter(before: Seen, isExpected: (seen: Seen) => boolean, isSaid: boolean): Promise<Seen> {
  if (!isSaid) {
    await sleep(700);
    return look();
  }
  return waitWithin('what was said happens', look, (seen) => isExpected(seen), 15_000, 50).catch(() => before);
}

const podsDiffer = (one: Seen, other: Seen): boolean => JSON.stringify(one.pods) !== JSON.stringify(other.pods);
const vipsDiffer = (one: Seen, other: Seen): boolean => JSON.stringify(one.vips) !== JSON.stringify(other.vips);

async function restore(object: KubernetesObject): Promise<void> {
  await waitFor(
    `${object.metadata.name} is as it was`,
    () => servers.apply(object),
    ({ status }) => status < 300,
    15_000,
    50,
  );
  await settled();
}

async function held({ kind, name, edit, expects }: Row): Promise<void> {
  const after = copies();
  const object = find(after, kind, name);
  edit(object);
  const comparison = compareBuilt(committed, after);
  const words = said(comparison);
  const before = await settled();

  const { status, message } = await servers.apply(object);

  const isRefused = status >= 400;
  const isSaid = words.pods || words.vip;
  const seen = isRefused
    ? before
    : await lookAfter(before, (now) => (words.pods ? podsDiffer(before, now) : vipsDiffer(before, now)), isSaid);
  const original = committed.find((each) => pathOf(each) === pathOf(object));
  await restore(original ?? expect.unreachable());
  const happened = { refused: isRefused, pods: podsDiffer(before, seen), vip: vipsDiffer(before, seen) };
  const detail = `${comparison.effects.map((each) => `${each.kind}: ${each.detail}`).join('; ')} | ${message}`;
  expect(happened, detail).toEqual({ refused: false, pods: false, vip: false, ...expects.happens });
  // Nothing happens that was not said.
  expect(
    {
      refused: words.refused,
      podsSaid: !happened.pods || words.pods || words.podsGo,
      vipSaid: !happened.vip || words.vip,
    },
    detail,
  ).toEqual({
    refused: happened.refused,
    podsSaid: true,
    vipSaid: true,
  });
  expect(words.anything, detail).toBe(expects.isSaid);
}

describe.each(Object.entries(rows))('a change of a %s', (kind, list) => {
  test.each(list.map((row) => [row.what, row] as const))('%s', async (_, row) => {
    await held({ kind, ...row });
  });
});

describe('a commit of several objects', () => {
  test.each(swaps)('$what', async ({ edit, refused }) => {
    const after = copies();
    edit(after);
    const { metallbRefusals } = compareBuilt(committed, after);
    await settled();
    const changed = after
      .filter((object) => !committed.some((each) => JSON.stringify(each) === JSON.stringify(object)))
      .sort(byWave);
    const refusals: string[] = [];
    for (const object of changed) {
      const { status } = await servers.apply(object);
      if (status >= 400) refusals.push(`${object.kind} ${object.metadata.name}`);
      // Argo CD does not begin the wave after one that failed.
      if (status >= 400) break;
    }
    for (const object of changed) {
      if (!committed.some((each) => pathOf(each) === pathOf(object))) await servers.remove(object);
    }
    // The last first: what one has got another one gives back.
    const were = committed.filter((each) => changed.some((other) => pathOf(other) === pathOf(each)));
    for (const object of were.sort(byWave).reverse()) {
      await waitFor(
        'all is as it was',
        () => servers.apply(object),
        ({ status }) => status < 300,
        15_000,
        50,
      );
    }
    await settled();
    expect(refusals).toEqual(refused);
    const names = metallbRefusals.map(({ object }) => object.replace('metallb/', ''));
    expect(names.slice(0, 1)).toEqual(refused);
  });
});

describe('what MetalLB and frr-k8s refuse of objects of the users', () => {
  const facts = factsOfTopology(readText(text));

  test.each([...metallbRows, ...frrConfigurations].map((row) => [row.what, row] as const))(
    'is what check says: %s',
    async (_, row) => {
      const refusal = await isRefusedByMetallb(row, servers);
      const said = saidOfRow(row, committed, facts);

      expect(refusal !== undefined, refusal).toBe(row.isRefused);
      expect(said.length > 0, said.join()).toBe(row.isRefused);
    },
  );
});

test('a StatefulSet that is deleted, as is said, comes back with what no change in place gives it', async () => {
  const after = copies();
  const edited = find(after, 'StatefulSet', 'routeserver-b');
  set(edited, 'spec.podManagementPolicy', 'OrderedReady');
  const { acts } = compareBuilt(committed, after);
  expect(acts.flatMap(({ commands }) => commands)).toEqual([
    'kubectl get turns',
    'kubectl -n meshrr delete statefulset routeserver-b',
  ]);
  const before = await settled();
  expect(await servers.apply(edited)).toMatchObject({ status: 422 });
  expect(await servers.remove(edited)).toMatchObject({ status: 200 });
  expect((await servers.apply(edited)).status).toBeLessThan(300);
  const seen = await waitFor('its pod is another one', settled, (now) => podsDiffer(before, now), 30_000, 100);
  expect(seen.pods['routeserver-a-0']).toBe(before.pods['routeserver-a-0']);
  const original = committed.find((each) => pathOf(each) === pathOf(edited)) ?? expect.unreachable();
  await servers.remove(edited);
  await restore(original);
});
