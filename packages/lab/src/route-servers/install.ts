import type { ClusterContext } from '../lab/context.ts';
import { apply } from '../kubernetes/kubectl.ts';
import type { RenderedObject } from '../kubernetes/objects.ts';

/** Applies what MetalLB's webhook has no say in; the pods start while MetalLB comes up. */
export async function applyWorkloads(
  { cluster, tools }: ClusterContext,
  objects: readonly RenderedObject[],
): Promise<string> {
  const isNamespace = ({ kind }: RenderedObject): boolean => kind === 'Namespace';
  const namespaces = await apply(cluster, tools, objects.filter(isNamespace));
  return (
    namespaces +
    (await apply(
      cluster,
      tools,
      objects.filter((object) => !isNamespace(object) && !isMetallb(object)),
    ))
  );
}

/** Applies MetalLB's configuration; its webhook must answer by then. */
export function applyMetallbObjects(
  { cluster, tools }: ClusterContext,
  objects: readonly RenderedObject[],
): Promise<string> {
  return apply(cluster, tools, objects.filter(isMetallb));
}

function isMetallb({ apiVersion }: RenderedObject): boolean {
  return apiVersion.startsWith('metallb.io/');
}
