import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareBuilt } from '@meshrs/impact';
import type { KubernetesObject } from '@meshrs/manifests';
import { editable, find } from '@meshrs/manifests/test-support';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pathOf } from '../interlock/guarded-cluster.ts';
import { generated, source, startFleetApi } from './fleet-api.ts';
import { outsideRows, quietRows, type QuietRow } from './quiet-rows.ts';
import type { RealApi } from './real-api.ts';

/*
 * Kinds of which no controller of these tests shows a consequence: a NetworkPolicy without anybody who enforces it, rights that
 * nobody uses, what Argo CD reads. What is said of a change is held against the API server's own answer: whether it takes the
 * change in place at all. Nothing is refused of which nothing was said.
 */

const { outside, inside: all } = generated(source);
const inside = all.filter(({ metadata }) => metadata.annotations?.['argocd.argoproj.io/hook'] === undefined);
const kinds = { ...quietRows, ...outsideRows };

let api: RealApi;
beforeAll(async () => {
  api = await startFleetApi(
    Object.entries(kinds).map(([kind, { name }]) => {
      const object = [...inside, ...outside].find((each) => each.kind === kind && each.metadata.name === name);
      if (!object) throw new Error(`no ${kind} ${name} is generated`);
      return object;
    }),
  );
});
afterAll(async () => {
  await api.server.remove();
});

function edited(kind: string, name: string, ...edits: readonly (QuietRow['edit'] | undefined)[]) {
  const objects = { inside: editable(inside), outside: editable(outside) };
  const object = find(kind in quietRows ? objects.inside : objects.outside, kind, name);
  for (const edit of edits) edit?.(object);
  return { ...objects, object };
}

/** What is said of an object, by kinds of effects. */
function said(before: ReturnType<typeof edited>, after: ReturnType<typeof edited>): string[] {
  const around = { cluster: 'dci', before: before.outside, after: after.outside };
  const { effects } = compareBuilt(before.inside, after.inside, around);
  return [...new Set(effects.map((effect) => effect.kind))].sort();
}

const versionOf = (body: unknown): unknown =>
  (body as { readonly metadata?: { readonly resourceVersion?: string } }).metadata?.resourceVersion;

/** Makes an object what it was; one that nobody may change any more is made anew. */
async function restore(object: KubernetesObject): Promise<void> {
  if ((await api.apply(object)).status < 300) return;
  expect((await api.remove(object)).status).toBe(200);
  await api.must(object);
}

describe.each(Object.entries(kinds))('a change of a %s', (kind, { name, list }) => {
  test('at least ten are made, those of a label and of an annotation too', () => {
    expect(list.length).toBeGreaterThanOrEqual(kind.startsWith('ClusterRole') ? 5 : 10);
  });

  test.each(list.map((row) => [row.what, row] as const))('%s', async (_, row) => {
    const original = edited(kind, name);
    const before = edited(kind, name, row.first);
    const after = edited(kind, name, row.first, row.edit);
    if (row.first) await api.must(before.object);
    const was = versionOf((await api.get(pathOf(before.object))).body);

    const { status, message, body } = await api.apply(after.object);

    await restore(original.object);
    expect(said(before, after), message).toEqual([...row.said].sort());
    expect(status >= 400, message).toBe(row.isRefused === true);
    // What changes nothing at the server shows nothing here: the change was one.
    if (status < 400) expect(versionOf(body)).not.toBe(was);
  });
});

/** As a person types it, or Argo CD calls it. */
function kubectl(...args: readonly string[]): string {
  return execFileSync(locateTool('kubectl'), [`--kubeconfig=${api.kubeconfig}`, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
}

test.each(['RoleBinding', 'ClusterRoleBinding'])(
  'a %s of another role is made anew by Argo CD, which disturbs nobody; that policies refuse it is told of a commit',
  async (kind) => {
    const { name } = kinds[kind] ?? expect.unreachable();
    const original = edited(kind, name);
    const after = edited(kind, name, (object) => {
      object['roleRef'] = { ...(object['roleRef'] as object), name: 'other' };
    });
    expect(said(original, after)).toEqual([]);
    const file = join(api.server.folder, `${kind}.json`);
    writeFileSync(file, JSON.stringify(after.object));
    // Argo CD's gitops-engine, `authReconcile`; then it applies.
    kubectl('auth', 'reconcile', '-f', file);
    expect((await api.apply(after.object)).status).toBe(200);
    await api.remove(after.object);
    await api.must(original.object);
  },
);
