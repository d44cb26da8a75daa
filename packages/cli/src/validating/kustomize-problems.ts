import { problem, type Problem } from '../problems/problem.ts';

/** kustomize built nothing of a folder. */
export function kustomizeFailed(folder: string, error: string): Problem {
  return problem('kustomize-failed', {
    where: folder,
    message: error === '' ? 'kustomize ended with an error and said nothing.' : error,
    hint: `correct what it names, or see for yourself: kustomize build ${folder}`,
  });
}

/** Two versions of kustomize built different texts of a folder. */
export function kustomizeDiffers(folder: string, yaml: string, yamlOfArgoCd: string): Problem {
  const [one, other] = [yaml.split('\n'), yamlOfArgoCd.split('\n')];
  const line = one.findIndex((text, index) => text !== other[index]);
  const at = line < 0 ? one.length : line;
  return problem('kustomize-differs', {
    where: folder,
    message: `The pinned kustomize and Argo CD 3.2's kustomize build different YAML, from line ${String(at + 1)} on.`,
    seen: `${one[at] ?? '(end)'} against ${other[at] ?? '(end)'}`,
    allowed: 'the same output from both',
    hint: 'avoid what the two versions treat differently; in clusters/ it is a fault of meshrs',
  });
}
