import { expect, test } from 'vitest';
import { isClosed } from './closed-component.ts';

const folder = 'overlays/dci/custom';

test.each([
  ['nothing', ''],
  [
    'its own files',
    'resources: [a.yaml, more/]\npatches: [{ path: a.yaml }, { patch: "- op: remove\\n  path: /a" }]\n',
  ],
  ['an env file of a generator', 'configMapGenerator: [{ name: x, env: a.yaml }]\n'],
  ['files of a generator', 'configMapGenerator: [{ name: x, files: [key=a.yaml], envs: [more/b.yaml] }]\n'],
  ['images and labels', 'images: [{ name: a, newTag: b }]\nlabels: []\n'],
])('a component with %s is closed', (_, text) => {
  expect(isClosed(component(text))).toBe(true);
});

test.each([
  ['a folder above', 'resources: [../../common]\n'],
  ['an address', 'resources: ["https://git.example.com/x//y?ref=main"]\n'],
  ['an absolute path', 'resources: [/etc/a.yaml]\n'],
  ['an env file of a generator elsewhere', 'configMapGenerator: [{ name: x, env: ../../x.env }]\n'],
  ['env files of a generator elsewhere', 'secretGenerator: [{ name: x, envs: [more/b.yaml, ../../x.env] }]\n'],
  ['files of a generator elsewhere', 'configMapGenerator: [{ name: x, files: [key=../../x.yaml] }]\n'],
  ['a replacement elsewhere', 'replacements: [{ path: ../../x.yaml }]\n'],
  ['a file that is not there', 'patches: [{ path: gone.yaml }]\n'],
  ['generators of its own', 'generators: [a.yaml]\n'],
  ['charts', 'helmCharts: [{ name: x }]\n'],
  ['a field that nobody knows', 'somethingNew: [a.yaml]\n'],
  ['a text that is no YAML', 'resources: [\n'],
])('a component with %s is not', (_, text) => {
  expect(isClosed(component(text))).toBe(false);
});

function component(text: string): ReadonlyMap<string, Buffer> {
  return new Map([
    [`${folder}/kustomization.yaml`, Buffer.from(`kind: Component\n${text}`)],
    [`${folder}/a.yaml`, Buffer.from('a: 1\n')],
    [`${folder}/more/b.yaml`, Buffer.from('b: 1\n')],
  ]);
}
