import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { generatedKinds } from '../generated-kinds.ts';
import type { Topology } from '../schema/index.ts';
import { reservedAnnotation, reservedLabel } from './pods.ts';

/**
 * Argo CD also leaves what it ignores out of what it applies (`RespectIgnoreDifferences`): a commit would change the object
 * everywhere but there, and the gates would take it for applied. A generated kind stays one, wherever else it is named.
 */
export function checkIgnoredFields({ gitops, routeServers: { pods } }: Topology): Finding<CheckCode>[] {
  const generated = new Set<string>([...generatedKinds.cluster, ...generatedKinds.namespaced]);
  const added = new Set(gitops.customKinds.filter((kind) => !generated.has(kind)));
  return gitops.ignoredFields.flatMap(({ kind, pointers }, index) =>
    added.has(kind)
      ? []
      : pointers.flatMap((pointer, position): Finding<CheckCode>[] => {
          if (isOfOthers(pointer) && !isOfPods(pointer, pods)) return [];
          return [
            {
              code: 'ignored-field-needed',
              path: ['gitops', 'ignoredFields', index, 'pointers', position],
              message: `Argo CD would never apply ${pointer} of ${kind} again, and the gates would take a commit for applied that is not.`,
              seen: pointer,
              allowed:
                'of generated kinds a label or an annotation that others write: /metadata/annotations/example.com~1scanned; of other kinds, which gitops.customKinds lists, any field',
              hint: 'remove it; if something in the cluster writes that field of a generated object, take the object out of its reach',
            },
          ];
        }),
  );
}

/** What `routeServers.pods` sets is not others' any more: its next change would reach no pod. */
function isOfPods(pointer: string, pods: Topology['routeServers']['pods']): boolean {
  const { kind, name } = keyOf(pointer);
  return (kind === 'labels' || kind === 'annotations') && Object.hasOwn(pods[kind], name);
}

function keyOf(pointer: string): { readonly kind: string | undefined; readonly name: string } {
  const [, kind, key = ''] = /^\/(?:spec\/template\/)?metadata\/(labels|annotations)\/([^/]+)$/.exec(pointer) ?? [];
  return { kind, name: key.replaceAll('~1', '/').replaceAll('~0', '~') };
}

function isOfOthers(pointer: string): boolean {
  const { kind, name } = keyOf(pointer);
  if (kind === 'labels') return reservedLabel(name) === undefined;
  return (
    kind === 'annotations' && reservedAnnotation(name) === undefined && !/^metallb\.(io|universe\.tf)\//.test(name)
  );
}
