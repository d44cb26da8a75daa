import { appsFolder, bootstrapFile } from '@meshrs/manifests/folders';
import { z } from 'zod';
import type { Commit } from '../git/committed-tree.ts';
import type { History } from '../git/history.ts';
import type { GitPlace } from '../git/place.ts';
import { parseBuild } from '../kustomize/parse-build.ts';
import { problem, type Problem } from '../problems/problem.ts';
import type { Tree } from '../repository/tree.ts';

/** What a commit has that is not here looks as if the change took it back. */
export function behind({ revision, id }: Commit, history: History): Problem[] {
  const where = `${revision} (${id.slice(0, 12)})`;
  const allowed = 'a commit that is among the ancestors of what is checked out';
  switch (history.kind) {
    case 'contained':
      return [];
    case 'behind':
      return [
        problem('behind-base', {
          where,
          message: `What is checked out lacks ${String(history.commits)} commit${history.commits === 1 ? '' : 's'} of it; what these changed is told as if this change took it back.`,
          allowed,
          hint: `git merge ${revision}, or git rebase ${revision}, build, and check again`,
        }),
      ];
    case 'unrelated':
      return [
        problem('behind-base', {
          where,
          message: 'It has no commit in common with what is checked out; whether it is what runs, nobody can say.',
          allowed,
          hint: 'name the branch that Argo CD follows: --base REVISION',
        }),
      ];
    case 'unknown':
      return [
        problem('behind-base', {
          where,
          message:
            'This clone is shallow, and lacks the commits in which this one and what is checked out meet; whether it has commits that are not here, nobody can say.',
          allowed,
          hint: 'bring the history: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)',
        }),
      ];
  }
}

const rootApplication = z.object({
  kind: z.literal('Application'),
  spec: z.object({ source: z.object({ path: z.string(), targetRevision: z.string().optional() }) }),
});

interface Root {
  readonly cluster: string;
  /** What bootstrap.yaml of the cluster is called. */
  readonly file: string;
  readonly source: z.infer<typeof rootApplication>['spec']['source'];
}

/** The Application of each cluster by which Argo CD finds all others. */
function rootsOf(future: Tree): Root[] {
  return [...future].flatMap(([file, content]): Root[] => {
    const cluster = /^clusters\/([^/]+)\//.exec(file)?.[1];
    if (cluster === undefined || file !== bootstrapFile(cluster)) return [];
    const [source] = parseBuild(content.toString('utf8')).flatMap(
      (document) => rootApplication.safeParse(document).data?.spec.source ?? [],
    );
    return source ? [{ cluster, file, source }] : [];
  });
}

/** The branches, tags and commits that Argo CD reads. */
export function revisionsRead(future: Tree): string[] {
  return [...new Set(rootsOf(future).flatMap(({ source }) => source.targetRevision ?? []))].sort();
}

/**
 * Where Argo CD would look for a cluster's files, and they do not stand. Of a submodule it may read the repository around
 * it, too (Argo CD documentation, "Git Submodules").
 */
export function misplaced(future: Tree, { prefix, outerPrefix }: GitPlace): Problem[] {
  const prefixes = [prefix, ...(outerPrefix === undefined ? [] : [outerPrefix])];
  return rootsOf(future).flatMap(({ cluster, file, source: { path } }): Problem[] => {
    const [inside = '', around] = prefixes.map((each) => `${each}${appsFolder(cluster)}`);
    if (path === inside || path === around) return [];
    return [
      problem('wrong-path', {
        where: file,
        message: 'Argo CD looks for what is generated in another folder of the git repository than it stands in.',
        seen: path,
        allowed:
          around === undefined
            ? inside
            : `${inside}, or ${around} where Argo CD reads the repository of which this one is a submodule`,
        hint: prefixes.map(hintOfPath).join('; or '),
      }),
    ];
  });
}

function hintOfPath(prefix: string): string {
  const wanted = prefix.replace(/\/$/, '');
  return wanted === ''
    ? 'remove gitops.path from the topology, and run: pnpm build'
    : `write gitops: { path: ${wanted} } into the topology, and run: pnpm build`;
}
