import type { OverlayBuild } from '../kustomize/build-overlay.ts';
import { problem, type Problem } from '../problems/problem.ts';

/** What each of the two programs of `Validators` is called, in their order. */
const names = ['the pinned kustomize', "Argo CD 3.2's kustomize"];
/** Where they stand in a repository that is set up. */
const commands = ['.tools/bin/kustomize', '.tools/bin/kustomize-5.7.0'];

/** A build of a folder by each of the two programs; undefined: there is none. */
type Builds = readonly (OverlayBuild | undefined)[];

/** kustomize built nothing of a folder: which one it was, and what shows it. */
export function kustomizeFailed(folder: string, builds: Builds): Problem {
  const failed = builds.flatMap((build, index) => (build?.ok === true ? [] : [index]));
  const [first = 0] = failed;
  const build = builds[first];
  const error =
    build?.ok === false && build.error !== '' ? build.error : 'kustomize ended with an error and said nothing.';
  const alone = failed.length === 1 ? `Only ${names[first] ?? ''} fails, and no sync would come of it: ` : '';
  return problem('kustomize-failed', {
    where: folder,
    message: `${alone}${error}`,
    hint: `correct what it names, or see for yourself: ${commands[first] ?? ''} build ${folder}`,
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
