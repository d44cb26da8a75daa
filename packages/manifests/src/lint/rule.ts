import type { BuiltCluster } from '../built/read-built.ts';
import type { ClusterFacts } from './cluster-facts.ts';

/** One thing that must hold in what a cluster gets; a file of `rules/` each. */
export interface Rule {
  /** Stable: waivers name it. */
  readonly id: string;
  readonly title: string;
  /** What happens in the network where it does not hold. */
  readonly why: string;
  /** Whether a waiver on the object lets it through. */
  readonly isWaivable: boolean;
  check(cluster: BuiltCluster, facts: ClusterFacts): RuleFinding[];
}

/** Where a rule does not hold. */
export interface RuleFinding {
  /** Id of the object to mend. */
  readonly object: string;
  /** One sentence. */
  readonly message: string;
  readonly seen?: string;
  readonly allowed?: string;
  readonly hint: string;
}
