import { parse, parseAllDocuments } from 'yaml';
import { clusterFacts, type ClusterFacts, type KubernetesObject, type ManifestFile } from '../../src/index.ts';
import { renderCase } from './cases.ts';

/** An object as a test edits it. */
export interface Editable {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  [key: string]: unknown;
}

/** Copies that a test may edit, as they come from YAML: what is undefined is not there. */
export function editable(objects: readonly KubernetesObject[]): Editable[] {
  return JSON.parse(JSON.stringify(objects)) as Editable[];
}

/** The objects of a case, as a build of its one cluster gives them; custom/ is not in it. Each caller has its own. */
export function objectsOf(name: string): Editable[] {
  const known = objectsByCase.get(name) ?? parseFiles(renderCase(name).files);
  objectsByCase.set(name, known);
  return structuredClone(known);
}

/** Rendering is most of the time of a test that asks for them. */
const objectsByCase = new Map<string, Editable[]>();
const factsByCase = new Map<string, ClusterFacts>();

/** The objects of a generated tree's base and overlay. */
export function parseFiles(files: readonly ManifestFile[]): Editable[] {
  return files
    .filter(({ path }) => /^(base|overlays)\//.test(path) && !path.endsWith('/kustomization.yaml'))
    .map(({ text }) => parse(text) as Editable);
}

/** The objects that the root Application of a generated tree applies. */
export function parseApps(files: readonly ManifestFile[]): Editable[] {
  return files
    .filter(({ path }) => /^clusters\/[^/]+\/apps\//.test(path) && !path.endsWith('/kustomization.yaml'))
    .map(({ text }) => parse(text) as Editable);
}

/** Every object of a case: base, overlay and what Argo CD and the API server read beside them. */
export function everyObjectOf(name: string): unknown[] {
  return renderCase(name)
    .files.filter(({ path }) => path.endsWith('.yaml') && !path.endsWith('/kustomization.yaml'))
    .flatMap(({ text }) => parseAllDocuments(text).map((document) => document.toJS() as unknown));
}

/** As of a cluster with a component of the user's: what a test edits is what one would patch. */
export function factsOf(name: string): ClusterFacts {
  const known = factsByCase.get(name) ?? makeFacts(name);
  factsByCase.set(name, known);
  return known;
}

function makeFacts(name: string): ClusterFacts {
  const [cluster] = renderCase(name).clusters;
  if (!cluster) throw new Error(`The case ${name} has no cluster.`);
  return {
    ...clusterFacts(cluster),
    generatedObjects: clusterFacts({ ...cluster, hasCustom: true }).generatedObjects,
  };
}

/** The object of a kind and name; the test is wrong when there is none. */
export function find(objects: readonly Editable[], kind: string, name: string): Editable {
  const object = objects.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
  if (!object) throw new Error(`The case has no ${kind} ${name}.`);
  return object;
}

/** Sets the value at a path of an object, "spec.template.spec.containers.0.image"; undefined removes the key. */
export function set(object: Editable, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let place: unknown = object;
  for (const key of keys) place = (place as Record<string, unknown>)[key];
  if (value === undefined) Reflect.deleteProperty(place as object, last);
  else (place as Record<string, unknown>)[last] = value;
}
