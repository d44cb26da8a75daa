import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { kindName, readBuilt } from '@meshrs/manifests/built';
import { caseNames, everyObjectOf, find, objectsOf, set, type Editable } from '@meshrs/manifests/test-support';
import { describe, expect, test } from 'vitest';
import { compareBuilt, fieldEffect, fieldTables, harmlessKinds } from '../src/index.ts';

const schemas = join(import.meta.dirname, '../../../schemas');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly $ref?: string;
}

/** Every schema that kubeconform goes by, by the kind that its file is of, and the version of its set. */
function schemaFiles(): { readonly name: string; readonly kind: string; readonly schema: Schema }[] {
  return globSync('*/*/*.json', { cwd: schemas }).map((name) => {
    // "<kind>-<first part of the group>-<version>.json", as kubeconform looks for it.
    const [lower = '', group = ''] = basename(name, '.json').split('-');
    const kind = Object.keys(fieldTables).find((each) => isKind(each, lower, group));
    const schema = JSON.parse(readFileSync(join(schemas, name), 'utf8')) as Schema;
    return { name, kind: kind ?? `${lower} of ${group}`, schema };
  });
}

function isKind(name: string, lower: string, group: string): boolean {
  const [kind = '', ...rest] = name.split('.');
  return kind.toLowerCase() === lower && (rest.length === 0 || rest[0] === group);
}

/** The fields that no table has, and no longer path of one; `metadata` is decided on for all kinds alike. */
function unlisted(kind: string, schema: Schema): string[] {
  const table = fieldTables[kind];
  if (!table) return [`${kind} has no table`];
  const walk = (part: Schema, path: string): string[] => {
    if (path !== '' && fieldEffect(table, path) !== undefined) return [];
    const { properties, items } = resolve(part, schema);
    if (items) return walk(items, path);
    const isInside = Object.keys(table).some((known) => path === '' || known.startsWith(`${path}.`));
    if (!isInside || !properties) return [`${kind} ${path}`];
    return Object.entries(properties).flatMap(([key, inner]) => walk(inner, path === '' ? key : `${path}.${key}`));
  };
  const { properties = {} } = schema;
  return Object.entries(properties)
    .filter(([key]) => !['apiVersion', 'kind', 'metadata'].includes(key))
    .flatMap(([key, inner]) => walk(inner, key));
}

function resolve(part: Schema, root: Schema): Schema {
  const name = part.$ref?.replace('#/definitions/', '');
  return name === undefined ? part : resolve(root.definitions?.[name] ?? expect.unreachable(name), root);
}

/** Whether a schema knows a path of a table. */
function isKnown(schema: Schema, path: string): boolean {
  let part = schema;
  for (const key of path.split('.')) {
    const { items } = resolve(part, schema);
    const { properties } = resolve(items ?? part, schema);
    const inner = properties?.[key];
    if (!inner) return false;
    part = inner;
  }
  return true;
}

/** No schema of theirs is used: kinds that only a user's component brings. */
const withoutSchema = ['Deployment', 'DaemonSet', 'ReplicaSet', 'CronJob'];

describe('the tables of fields', () => {
  test.each(schemaFiles())('have every field of $name', (file) => {
    expect(unlisted(file.kind, file.schema)).toEqual([]);
  });

  test('have no field that no schema has', () => {
    const files = schemaFiles();
    const stale = Object.entries(fieldTables)
      .filter(([kind]) => !withoutSchema.includes(kind))
      .flatMap(([kind, table]) =>
        Object.keys(table)
          .filter((path) => !files.some((file) => file.kind === kind && isKnown(file.schema, path)))
          .map((path) => `${kind} ${path}`),
      );
    expect(stale).toEqual([]);
  });

  test('have every kind that is generated', () => {
    const kinds = new Set(
      caseNames().flatMap((name) => readBuilt(everyObjectOf(name)).objects.map(({ view }) => kindName(view))),
    );
    expect([...kinds].filter((kind) => !(kind in fieldTables))).toEqual([]);
    expect(kinds.size).toBeGreaterThan(20);
  });

  test('miss a field that is taken out of them', () => {
    const file = schemaFiles().find(({ name }) => name.endsWith('1.36/service-v1.json')) ?? expect.unreachable();
    expect(unlisted('Service', { ...file.schema, properties: { spec: {}, brandNew: {} } })).toContain(
      'Service brandNew',
    );
  });
});

function effectsOf(edit: (objects: Editable[]) => void): string[] {
  const before = objectsOf('frr');
  const after = structuredClone(before);
  edit(after);
  const { effects } = compareBuilt(before, after);
  return effects.map(({ kind, object, sides, detail }) => `${kind} ${object} [${sides.join()}]: ${detail}`);
}

/** An object that writes a Secret; an image of side b needs one of that name from the beginning. */
function secretComes(group: string, kind: string, spec: object, namespace?: string): string[] {
  const before = objectsOf('frr');
  set(find(before, 'StatefulSet', 'routeserver-b'), 'spec.template.spec.imagePullSecrets', [{ name: 'pull' }]);
  const metadata = { name: 'x', ...(namespace !== undefined && { namespace }) };
  const after = [...before, { apiVersion: `${group}/v1`, kind, metadata, spec }];
  return compareBuilt(before, after).effects.map(({ kind: of, object }) => `${of} ${object}`);
}

describe('an object that comes and writes a Secret that is read', () => {
  test.each([
    ['external-secrets.io', 'ExternalSecret', { target: { name: 'pull' } }],
    ['cert-manager.io', 'Certificate', { secretName: 'pull' }],
    ['secrets.hashicorp.com', 'VaultStaticSecret', { destination: { name: 'pull' } }],
  ])('%s %s is told, in the namespace of the route servers, named or not', (group, kind, spec) => {
    expect(secretComes(group, kind, spec, 'meshrr')).toEqual([`unknown ${kind}.${group} meshrr/x`]);
    expect(secretComes(group, kind, spec)).toEqual([`unknown ${kind}.${group} x`]);
    expect(secretComes(group, kind, spec, 'other')).toEqual([]);
  });

  test('is none of one of another name', () => {
    expect(secretComes('cert-manager.io', 'Certificate', { secretName: 'other' })).toEqual([]);
  });
});

test('what names no namespace selects the pods of the one that Argo CD applies it to', () => {
  const before = objectsOf('frr');
  const policy = (namespace?: string) => ({
    ...{
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    },
    metadata: { name: 'x', ...(namespace !== undefined && { namespace }) },
  });
  const open = before.filter(({ kind }) => kind !== 'NetworkPolicy');
  const sides = (namespace?: string) =>
    compareBuilt(open, [...open, policy(namespace)]).effects.map((effect) => effect.sides.join());
  expect([sides('meshrr'), sides(), sides('other')]).toEqual([['a', 'b'], ['a', 'b'], []]);
});

describe('what nobody knows', () => {
  test.each([
    [
      'a field of a side',
      (objects: Editable[]) => {
        set(find(objects, 'Service', 'routeserver-b'), 'spec.brandNew', true);
      },
      ['unknown Service meshrr/routeserver-b [b]: spec.brandNew added'],
    ],
    [
      'a field of which a build cannot tell',
      (objects: Editable[]) => {
        set(find(objects, 'StatefulSet', 'routeserver-b'), 'spec.ordinals', { start: 1 });
      },
      ['unknown StatefulSet meshrr/routeserver-b [b]: spec.ordinals added'],
    ],
    [
      'a field beside spec',
      (objects: Editable[]) => {
        set(find(objects, 'NetworkPolicy', 'routeserver-b'), 'more', 1);
      },
      ['unknown NetworkPolicy meshrr/routeserver-b [b]: more added'],
    ],
    [
      'a kind that comes, of no side',
      (objects: Editable[]) => {
        objects.push({ apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name: 'x' } });
      },
      ['unknown CiliumNetworkPolicy.cilium.io x [a,b]: an object of a kind that meshrs does not know comes'],
    ],
    [
      'an annotation with a prefix',
      (objects: Editable[]) => {
        const service = find(objects, 'Service', 'routeserver-b');
        service.metadata.annotations = {
          ...service.metadata.annotations,
          'service.kubernetes.io/topology-mode': 'Auto',
        };
      },
      ['unknown Service meshrr/routeserver-b [b]: metadata.annotations[service.kubernetes.io/topology-mode] added'],
    ],
    [
      'what Argo CD would delete and make anew',
      (objects: Editable[]) => {
        const annotations = find(objects, 'StatefulSet', 'routeserver-b').metadata.annotations ?? {};
        annotations['argocd.argoproj.io/sync-options'] = 'Replace=true';
      },
      [expect.stringMatching(/^unknown StatefulSet meshrr\/routeserver-b \[b\]: .*sync-options/)],
    ],
    [
      'an object that another side gets',
      (objects: Editable[]) => {
        const { labels = {} } = find(objects, 'NetworkPolicy', 'routeserver-b').metadata;
        labels['side'] = 'a';
      },
      ['unknown NetworkPolicy meshrr/routeserver-b [a,b]: metadata.labels[side]: "b" -> "a"'],
    ],
  ])('is said, and counts as disturbing: %s', (_, edit, effects) => {
    expect(effectsOf(edit)).toEqual(effects);
  });

  test.each([
    [
      'a label without a prefix',
      (objects: Editable[]) => {
        find(objects, 'Service', 'routeserver-b').metadata.labels = {
          ...find(objects, 'Service', 'routeserver-b').metadata.labels,
          team: 'network',
        };
      },
    ],
    [
      'a monitor',
      (objects: Editable[]) => {
        const [kind = '', ...group] = (harmlessKinds[0] ?? '').split('.');
        objects.push({ apiVersion: `${group.join('.')}/v1`, kind, metadata: { name: 'x', namespace: 'meshrr' } });
      },
    ],
    [
      'another version of the same API group',
      (objects: Editable[]) => {
        find(objects, 'BGPPeer', 'routeserver-b-fabric').apiVersion = 'metallb.io/v1beta3';
      },
    ],
  ])('is nothing of: %s', (_, edit) => {
    expect(effectsOf(edit)).toEqual([]);
  });
});
