import { checkAcross, readTopology, type TopologyFile, type TopologyIssue } from '@meshrs/topology';
import type { TopologyText } from './topology-files.ts';

/** Topologies, read and checked. */
export interface ReadTopologies {
  readonly files: readonly TopologyFile[];
  /** Issues of all files and between them. */
  readonly issues: readonly TopologyIssue[];
}

export function readTopologies(texts: readonly TopologyText[]): ReadTopologies {
  const files = texts.map(({ file, text }) => readTopology(file, text));
  return { files, issues: [...files.flatMap((file) => file.issues), ...checkAcross(files)] };
}
