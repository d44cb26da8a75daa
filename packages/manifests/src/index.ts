export { manifestCodes, type ManifestCode } from './codes.ts';
export {
  customFolder,
  renderManifests,
  type Fleet,
  type NotGenerated,
  type RenderedCluster,
  type RenderedManifests,
} from './render-manifests.ts';
export type { ManifestFile } from './layout/manifest-file.ts';
export type { KubernetesObject } from './kubernetes/core-types.ts';
