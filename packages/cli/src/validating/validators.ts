import { fingerprintFolder } from '../tools/fingerprint.ts';
import { programAt, type Program } from '../tools/program.ts';
import type { ResultCache } from '../tools/result-cache.ts';
import type { ValidationTools } from '../tools/validation-tools.ts';
import { schemaSets, type SchemaSets } from './schema-sets.ts';

/** What validates: a remembered verdict counts as long as none of it has changed. */
export interface Validators {
  readonly kustomize: Program;
  readonly kustomizeOfArgoCd: Program;
  readonly kubeconform: Program;
  readonly schemas: SchemaSets & { readonly fingerprint: string };
  /** Tells one version of this program from another: its rules validate too. */
  readonly identity: string;
}

export function validatorsOf(tools: ValidationTools, identity: string, cache: ResultCache): Validators {
  return {
    kustomize: programAt(tools.kustomize, cache),
    kustomizeOfArgoCd: programAt(tools.kustomizeOfArgoCd, cache),
    kubeconform: programAt(tools.kubeconform, cache),
    schemas: { ...schemaSets(tools.schemas), fingerprint: fingerprintFolder(tools.schemas) },
    identity,
  };
}
