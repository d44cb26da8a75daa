import type { BuiltCluster } from '../built/read-built.ts';
import type { ClusterFacts } from './cluster-facts.ts';

/** One thing that must hold in what a cluster gets; a file of `rules/` each. */
export interface Rule {
  /** Stable: waivers name it. */
  readonly id: string;
  /** The fault that it finds: what is wrong where the rule does not hold, as docs/errors.md has it. */
  readonly title: string;
  /** What happens in the network then. */
  readonly why: string;
  /** Whether a waiver on the object lets it through. */
  readonly isWaivable: boolean;
  /** Whether a waiver names the fields that it is for, a line each: "PATH: REASON". */
  readonly isWaivedByField?: true;
  check(cluster: BuiltCluster, facts: ClusterFacts): RuleFinding[];
}

/** Where a rule does not hold. */
export interface RuleFinding {
  /** Id of the object to fix. */
  readonly object: string;
  /** No waiver lets it through, though the rule takes some. */
  readonly isFinal?: true;
  /** The field, where a waiver names it. */
  readonly field?: string;
  /** What is wrong with the object, in one sentence. */
  readonly message: string;
  readonly seen?: string;
  readonly allowed?: string;
  readonly hint: string;
}
