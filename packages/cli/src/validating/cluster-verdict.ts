import type { WaivedFinding } from '@meshrs/manifests';
import type { Problem } from '../problems/problem.ts';

/** What validation says of a cluster's overlay. */
export interface ClusterVerdict {
  readonly cluster: string;
  readonly problems: readonly Problem[];
  readonly waived: readonly WaivedFinding[];
  /** Objects of the build that meshrs generated, and those of the custom folder, by id. */
  readonly generated: readonly string[];
  readonly custom: readonly string[];
  /** kubeconform's reports, by version of Kubernetes. */
  readonly junit: Readonly<Record<string, string>>;
}
