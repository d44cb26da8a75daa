import { z } from 'zod';

/*
 * ValidatingAdmissionPolicies as they lie in Git, which the API server evaluates. What a commit meets there is told by the
 * policies themselves, never by a second list of what they guard.
 */

const expression = z.object({ name: z.string().default(''), expression: z.string() });

const policySchema = z.object({
  kind: z.literal('ValidatingAdmissionPolicy'),
  metadata: z.object({ name: z.string() }),
  spec: z.object({
    matchConstraints: z.object({
      namespaceSelector: z
        .object({ matchLabels: z.record(z.string(), z.string()).default({}) })
        .default({ matchLabels: {} }),
      objectSelector: z
        .object({
          matchExpressions: z
            .array(z.object({ key: z.string(), operator: z.literal('In'), values: z.array(z.string()) }))
            .default([]),
        })
        .default({ matchExpressions: [] }),
      resourceRules: z.array(
        z.object({
          apiGroups: z.array(z.string()),
          resources: z.array(z.string()),
          operations: z.array(z.string()),
        }),
      ),
    }),
    matchConditions: z.array(expression).default([]),
    variables: z.array(expression).default([]),
    validations: z.array(z.object({ expression: z.string() })).default([]),
  }),
});

export type AdmissionPolicy = z.output<typeof policySchema>;

/** The policies among some objects. Throws for one that is not as meshrs writes it: nobody could say what it refuses. */
export function admissionPolicies(documents: readonly unknown[]): AdmissionPolicy[] {
  return documents.filter(isPolicy).map((document) => policySchema.parse(document));
}

function isPolicy(document: unknown): boolean {
  return z.looseObject({ kind: z.literal('ValidatingAdmissionPolicy') }).safeParse(document).success;
}
