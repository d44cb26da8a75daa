export { manifestCodes, type ManifestCode } from './codes.ts';
export {
  renderManifests,
  type Fleet,
  type NotGenerated,
  type RenderedCluster,
  type RenderedManifests,
} from './render-manifests.ts';
export type { ManifestFile } from './layout/manifest-file.ts';
export type { KubernetesObject } from './kubernetes/core-types.ts';
export { clusterFacts, type ClusterFacts, type RequiredSecret } from './lint/cluster-facts.ts';
export { revisionsOfBuild } from './lint/revisions-of-build.ts';
export { lintCluster, type LintFinding, type LintResult, type WaivedFinding } from './lint/lint-cluster.ts';
export type { Rule, RuleFinding } from './lint/rule.ts';
export { rules } from './lint/rules/index.ts';
export { changedPaths, type ChangedPath } from './built/changed-paths.ts';
export { objectId } from './built/object-id.ts';
export { writeYaml } from './yaml/write-yaml.ts';
export { argoCdObjects } from './layout/argo-cd-folder.ts';
export { clusterObjects } from './layout/cluster-objects.ts';
export { chartKinds, chartValues, metallbChart } from './argo-cd/metallb-chart.ts';
export { appsFolder, bootstrapFile, customFolder, settingsFolder } from './folders.ts';
export { budgetIntent } from './disruption-budget.ts';
export { gateQuestions } from './objects/gate-pod.ts';
export { gateAccount } from './names.ts';
export { turnDefinition } from './interlock/turn-definition.ts';
export { isElsewhere } from './argo-cd/destination.ts';
export { addedAccount } from './interlock/authority.ts';
export { serviceAccount } from './interlock/fleet.ts';
export { controllers } from './interlock/requests.ts';
export { interlockApps, interlockObjects } from './layout/interlock-folder.ts';
