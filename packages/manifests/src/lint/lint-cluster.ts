import { readBuilt } from '../built/read-built.ts';
import type { ClusterFacts } from './cluster-facts.ts';
import type { RuleFinding } from './rule.ts';
import { rules } from './rules/index.ts';
import { findWaiverFaults, reasonFor } from './waivers.ts';

/** A finding with the rule that makes it. */
export interface LintFinding extends RuleFinding {
  readonly rule: string;
}

/** A finding that an annotation on the object lets through. */
export interface WaivedFinding extends LintFinding {
  readonly reason: string;
}

export interface LintResult {
  /** Ids of all objects of the build, in its order. */
  readonly ids: readonly string[];
  readonly findings: readonly LintFinding[];
  readonly waived: readonly WaivedFinding[];
}

/** Holds what `kustomize build` gives for a cluster against all rules; custom/ is in it and checked with the rest. */
export function lintCluster(documents: readonly unknown[], facts: ClusterFacts): LintResult {
  const cluster = readBuilt(documents);
  const found = rules.flatMap((rule) =>
    rule.check(cluster, facts).map((finding) => {
      const reason = reasonFor(rule, finding, cluster);
      return { finding: { rule: rule.id, ...finding }, reason };
    }),
  );
  const waived = found.flatMap(({ finding, reason }) => (reason === undefined ? [] : [{ ...finding, reason }]));
  return {
    ids: cluster.objects.map(({ id }) => id),
    findings: [
      ...found.filter(({ reason }) => reason === undefined).map(({ finding }) => finding),
      ...findWaiverFaults(cluster, waived).map((finding) => ({ rule: 'waiver', ...finding })),
    ],
    waived,
  };
}
