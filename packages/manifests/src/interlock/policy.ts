import { turnKind } from '@meshrs/contract';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../kubernetes/admission-types.ts';
import { partOf } from '../metadata.ts';

type Spec = ValidatingAdmissionPolicy['spec'];
type Constraints = NonNullable<Spec['matchConstraints']>;
export type ResourceRule = NonNullable<Constraints['resourceRules']>[number];
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A policy without what all have in common. */
export interface PolicyIntent {
  /** Beginning of its name; the turn's follows. */
  readonly id: string;
  readonly turn: string;
  readonly rules: readonly ResourceRule[];
  /** Of namespaced kinds; left out: of all namespaces, or of none. */
  readonly namespace?: string;
  /** Objects whose label has one of the values, before or after the change; a request for others does not even begin here. */
  readonly label?: { readonly key: string; readonly values: readonly string[] };
  /** By name, what has to hold for the policy to look at a request. */
  readonly conditions: Readonly<Record<string, string>>;
  /** In order: a variable may use those before it. */
  readonly variables: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
  /**
   * What happens while there is no turn: "Deny" where the rules match the fleet's own namespaces alone, "Allow" where
   * they match more, which must not stand still because of it; "unused": the policy does not look at the turn.
   */
  readonly withoutTurn: 'Deny' | 'Allow' | 'unused';
  /** Left out: it looks at none. */
  readonly dryRuns?: 'alone';
  /** Left out: refuse. */
  readonly onlyWarns?: boolean;
}

export interface Validation {
  readonly expression: string;
  /** CEL; one line. */
  readonly message: string;
  /** Where `message` cannot be made. */
  readonly plainMessage: string;
}

/** A policy and what binds it to the turn. */
export function policyWithBinding(intent: PolicyIntent): [ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding] {
  const { id, turn, withoutTurn, onlyWarns = false } = intent;
  const metadata = { name: policyName(id, turn), labels: partOf };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: specOf(intent),
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: {
        policyName: metadata.name,
        ...(withoutTurn !== 'unused' && { paramRef: { name: turn, parameterNotFoundAction: withoutTurn } }),
        validationActions: onlyWarns ? ['Warn', 'Audit'] : ['Deny'],
      },
    },
  ];
}

export function policyName(id: string, turn: string): string {
  return `${id}.${turn}`;
}

function specOf(intent: PolicyIntent): Spec {
  const { rules, namespace, label, conditions, variables, validations, withoutTurn, dryRuns } = intent;
  const { apiVersion, kind } = turnKind;
  return {
    failurePolicy: 'Fail',
    ...(withoutTurn !== 'unused' && { paramKind: { apiVersion, kind } }),
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: namespace === undefined ? {} : { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      objectSelector:
        label === undefined ? {} : { matchExpressions: [{ key: label.key, operator: 'In', values: label.values }] },
      resourceRules: rules.map((rule) => ({ ...rule, scope: '*' })),
    },
    matchConditions: Object.entries({ ...(dryRuns === 'alone' ? dryRunAlone : noDryRun), ...conditions }).map(
      ([name, expression]) => ({
        name,
        expression,
      }),
    ),
    variables,
    validations: validations.map(({ expression, message, plainMessage }) => ({
      expression,
      message: plainMessage,
      messageExpression: message,
      // 403. The default, 422, lets `kubectl apply --force` delete the object and make it anew.
      reason: 'Forbidden',
    })),
  };
}

const isDryRun = 'has(request.dryRun) && request.dryRun';
/** Server-side diff asks by dry runs: were they refused, no comparison would end, and no sync begin. */
const noDryRun = { 'no-dry-run': `!(${isDryRun})` };
const dryRunAlone = { 'dry-run': isDryRun };
