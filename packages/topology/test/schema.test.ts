import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeSchema } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { topologySchema } from '../src/index.ts';
import { issuesAfter, put } from './edits.ts';

const committed = join(import.meta.dirname, '../../../schemas/topology.schema.json');

describe('the schema', () => {
  it('has the types, limits, patterns and defaults that editors are told', () => {
    const now = z.toJSONSchema(topologySchema, { io: 'input' });
    expect(withoutWords(now)).toEqual(withoutWords(JSON.parse(readFileSync(committed, 'utf8'))));
  });

  it.each(examples(topologySchema))('takes its own example of %s', (_path, schema, example) => {
    // JSON and flow mappings of YAML differ in their quotes only, which the strict reader checks elsewhere.
    expect(schema.safeParse(flowValue(example)).error?.issues ?? []).toEqual([]);
  });
});

// What a pattern takes and what it refuses; the patterns themselves say it to nobody.
describe.each<[path: string, taken: unknown[], refused: unknown[]]>([
  [
    'gitops.repository',
    [
      'https://git.example.com/network/meshrs.git',
      'https://git.example.com:8443/~me/x',
      'ssh://git@git.example.com:22/x.git',
      'git://git.example.com/x',
      'git@github.com:network/meshrs.git',
    ],
    [
      'git.example.com/x',
      'http://git.example.com/x',
      'https://me:secret@git.example.com/x',
      'https://git.example.com',
      '',
    ],
  ],
  [
    'gitops.revision',
    ['main', 'v1.2.3', 'release/2026-11', '0123abc', 'x'.repeat(200)],
    ['', '-x', '.x', '/x', 'a..b', 'a b', 'a~1', 'x'.repeat(201)],
  ],
  [
    'gitops.path',
    ['network', 'network/route-servers', 'a.b/c_d', '-x'],
    ['', '/', '/x', 'x/', 'x//y', '..', '../x', 'x/..', './x', 'x y'],
  ],
  [
    'gitops.customKinds.0',
    ['ConfigMap', 'monitoring.coreos.com/PodMonitor', 'apps/Deployment', 'Secrets'],
    [
      'Secret',
      'configMap',
      'v1/ConfigMap',
      'apps/v1/Deployment',
      '/ConfigMap',
      'Apps/Deployment',
      'apps./Deployment',
      `K${'x'.repeat(63)}`,
      '',
    ],
  ],
  [
    'routeServers.images.frr',
    [
      'quay.io/frrouting/frr:10.4.1',
      'frr:10',
      'localhost:5000/frr:10',
      'a.b-c.io/x/y_z/w--v:T_1.2-3',
      `frr@sha256:${'0'.repeat(64)}`,
      `quay.io/frr:1@sha256:${'a'.repeat(64)}`,
      'frr:latest-1',
    ],
    [
      'frr',
      'frr:latest',
      'quay.io/frr',
      'localhost:5000/frr',
      `frr:latest@sha256:${'0'.repeat(64)}`,
      `frr@sha256:${'0'.repeat(63)}`,
      'FRR:1',
      'frr:',
      'frr:-1',
      '/frr:1',
      'frr: 1',
      `frr:${'1'.repeat(129)}`,
      `${'f'.repeat(254)}:1`,
    ],
  ],
  [
    'routeServers.resources.agentMemory',
    ['1', '500m', '2Ki', '2Mi', '2Gi', '2Ti', '0.5', '10.25'],
    ['0', '01', '1G', 'Mi', '-1', '1.', '.5', '1.5Gi', ''],
  ],
  [
    'metallb.chart.version',
    ['0.16.0', '0.16.12'],
    ['0.15.0', '0.16', '0.16.x', '10.16.0', 'v0.16.0', '0.16.1-rc', '0x16.1'],
  ],
  [
    'metallb.chart.repository',
    [
      'https://metallb.github.io/metallb',
      'oci://ghcr.io/metallb',
      'https://charts.example.com:8443',
      'https://charts.example.com/',
    ],
    [
      'http://charts.example.com',
      'charts.example.com',
      'https://',
      'https://a b',
      'https://me@charts.example.com/x',
      'https://charts.example.com:x/',
    ],
  ],
  [
    'sides.a.communities.0',
    [
      '0:0',
      '65534:65535',
      '65000:0',
      '9:10',
      'large:0:0:0',
      'large:4294967295:4294967295:4294967295',
      'large:65000:0:1',
    ],
    [
      '65536:0',
      '0:65536',
      '01:0',
      '65000',
      '1:2:3',
      'large:1:2',
      'large:1:2:3:4',
      'large:4294967296:0:0',
      'large:0:0:01',
      'no-export',
      ' 1:2',
      '1:2 ',
    ],
  ],
])('%s', (path, taken, refused) => {
  const issues = (value: unknown): string[] =>
    issuesAfter((draft) => {
      put(draft, path, value);
    });

  it.each(taken)('takes %j', (value) => {
    expect(issues(value)).toEqual([]);
  });

  it.each(refused)('refuses %j', (value) => {
    expect(issues(value).join()).toContain('wrong-format');
  });
});

const words = new Set(['description', 'allowed', 'generates', 'example', 'examples', 'isSensitive']);

/** A JSON schema without what is only told; a property with such a name has a mapping, and stays. */
function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !words.has(key) || (typeof inner === 'object' && !Array.isArray(inner)))
      .map(([key, inner]) => [key, withoutWords(inner)]),
  );
}

/** Every example of a schema, with its path and the schema that it is an example of. */
function examples(schema: z.core.$ZodType, path = ''): [path: string, schema: z.ZodType, example: string][] {
  const node = describeSchema(schema, (each) => z.globalRegistry.get(each));
  const own: [string, z.ZodType, string][] =
    node.example === undefined ? [] : [[path, schema as z.ZodType, node.example]];
  const { def } = node.schema._zod as unknown as { def: z.core.$ZodTypeDef & Record<string, unknown> };
  const below: [string, z.core.$ZodType][] = [
    ...Object.entries((def['shape'] ?? {}) as Record<string, z.core.$ZodType>),
    ...(def.type === 'record' ? [['*', def['valueType'] as z.core.$ZodType] as [string, z.core.$ZodType]] : []),
    ...(def.type === 'array' ? [['[]', def['element'] as z.core.$ZodType] as [string, z.core.$ZodType]] : []),
  ];
  return [...own, ...below.flatMap(([key, child]) => examples(child, path === '' ? key : `${path}.${key}`))];
}

/** "[a, b]", "{ key: value }" or a text, as the examples have them. */
function flowValue(text: string): unknown {
  const inner = text.slice(1, -1).trim();
  if (text.startsWith('[')) return inner.split(', ').map(flowValue);
  if (/^\d+$/.test(text)) return Number(text);
  if (!text.startsWith('{')) return text.replaceAll('"', '');
  return Object.fromEntries(
    inner.split(', ').map((pair) => {
      const [key = '', ...value] = pair.split(':');
      return [key, value.join(':').trim()];
    }),
  );
}
