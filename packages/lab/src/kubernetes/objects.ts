import { parseAllDocuments } from 'yaml';
import { z } from 'zod';

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** An object as a chart or an overlay gives it. */
export type RenderedObject = z.output<typeof objectSchema>;

/** The objects of a text of YAML documents; empty documents are none. */
export function parseObjects(text: string): RenderedObject[] {
  return parseAllDocuments(text).flatMap((document) => {
    const value: unknown = document.toJS();
    return value === null ? [] : [objectSchema.parse(value)];
  });
}

/** Whether an object stays, and is not run by Argo CD in the course of a sync (its documentation, "Resource Hooks"). */
export function isNoHook({ metadata }: RenderedObject): boolean {
  return metadata.annotations?.['argocd.argoproj.io/hook'] === undefined;
}
