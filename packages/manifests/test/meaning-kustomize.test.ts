import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { customFolder, objectId, renderManifests } from '../src/index.ts';
import { broken } from './meaning/broken.ts';
import { applyComponent, type Component } from './meaning/patch.ts';
import { welcome } from './meaning/welcome.ts';
import { withAWord } from './meaning/with-a-word.ts';
import { parseFiles, type Editable } from './support/built.ts';
import { topologyOf } from './support/cases.ts';

/*
 * The tables of patches are applied in this process; here some of each are built by both pinned versions of kustomize, and the objects
 * must be the same.
 */

const tools = join(import.meta.dirname, '../../../.tools/bin');
const root = mkdtempSync(join(tmpdir(), 'meshrs-meaning-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const fleet = { file: 'topologies/frr.yaml', topology: topologyOf('frr') };
const { files, clusters } = renderManifests([fleet], () => true, {});
const [scope = expect.unreachable()] = clusters;

const every = [...broken, ...welcome, ...withAWord].filter(({ base }) => base === undefined);
const samples = every.filter((_, index) => index % 22 === 0);

function write(path: string, text: string): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function writeComponent({ patches, resources }: Component): void {
  const folder = customFolder(scope.cluster);
  rmSync(join(root, folder), { recursive: true, force: true });
  write(
    `${folder}/kustomization.yaml`,
    stringify({
      apiVersion: 'kustomize.config.k8s.io/v1alpha1',
      kind: 'Component',
      resources: resources.map((_, index) => `${String(index)}.yaml`),
      patches: patches.map(({ kind, name, operations }) => ({ target: { kind, name }, patch: stringify(operations) })),
    }),
  );
  for (const [index, object] of resources.entries()) write(`${folder}/${String(index)}.yaml`, stringify(object));
}

type Objects = Readonly<Record<string, unknown>>;

function byId(objects: readonly Editable[]): Objects {
  return Object.fromEntries(objects.map((object) => [objectId(object), object]));
}

function build(program: string): Objects {
  const yaml = execFileSync(join(tools, program), ['build', join(root, scope.overlay)], { encoding: 'utf8' });
  return byId(parseAllDocuments(yaml).map((document) => document.toJS() as Editable));
}

describe('both versions of kustomize make of a component what the tables say', () => {
  for (const { path, text } of files) write(path, text);

  test.each(samples.map((sample) => [sample.what, sample] as const))('%s', (_, sample) => {
    const objects = parseFiles(files);
    applyComponent(sample, objects);
    writeComponent(sample);
    const expected = byId(objects);

    expect(build('kustomize')).toEqual(expected);
    expect(build('kustomize-5.7.0')).toEqual(expected);
  });

  test('in a dozen samples', () => {
    expect(samples.length).toBeGreaterThanOrEqual(12);
  });
});
