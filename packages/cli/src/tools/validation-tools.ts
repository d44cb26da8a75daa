import { join } from 'node:path';
import { locateTool } from '@meshrs/tools/locate';
import { placesOf } from '@meshrs/tools/places';

/** The programs that validate what is generated, by their paths. */
export interface ValidationTools {
  readonly kustomize: string;
  /** The version inside the oldest Argo CD in support, 3.2. */
  readonly kustomizeOfArgoCd: string;
  readonly kubeconform: string;
  /** Folder with the JSON schemas that scripts/schemas makes. */
  readonly schemas: string;
}

/** Finds the pinned tools of a clone. Throws a failure that names the command that brings the missing one. */
export function locateValidationTools(repository: string): ValidationTools {
  return {
    kustomize: locate('kustomize', repository),
    kustomizeOfArgoCd: locate('kustomize-5.7.0', repository),
    kubeconform: locate('kubeconform', repository),
    schemas: join(repository, 'schemas'),
  };
}

function locate(command: string, repository: string): string {
  // Tools of a clone stand in the clone; the environment has no say.
  return locateTool(command, {}, placesOf({}, repository));
}
