import { Environment, type Optional } from '@marcbachmann/cel-js';
import type { AdmissionPolicy } from './policy.ts';

/** An object of Kubernetes; numbers without a fraction are bigint, as CEL's int. */
export interface AskedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

/** What somebody asks of the API server. */
export interface AdmissionRequest {
  readonly user: string;
  /** The pod whose token he has; left out: none is known. */
  readonly pod?: string;
  readonly object: AskedObject | undefined;
  readonly oldObject: AskedObject | undefined;
  /** The turn's spec, with its name. */
  readonly params: { readonly metadata: { readonly name: string }; readonly spec?: object };
}

const environment = new Environment({
  unlistedVariablesAreDyn: true,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
});
// cel-js has no equality of optionals, which Kubernetes' CEL has.
environment.registerOperator('optional<dyn> == optional<dyn>', (one: Optional, other: Optional) =>
  one.hasValue() && other.hasValue() ? isEqual(one.value(), other.value()) : one.hasValue() === other.hasValue(),
);

/** What RBAC says: whoever applies a commit has the rights to what is in it. */
class Authorizer {
  readonly isAllowed = true;
}
environment.registerType('Authorizer', Authorizer);
for (const step of ['group', 'resource', 'name', 'check']) {
  environment.registerFunction(`Authorizer.${step}(string): Authorizer`, (asked: Authorizer) => asked);
}
environment.registerFunction('Authorizer.allowed(): bool', ({ isAllowed }: Authorizer) => isAllowed);

/** Whether a policy refuses a request; an expression that cannot be evaluated refuses, as `failurePolicy: Fail` says. */
export function refuses(policy: AdmissionPolicy, request: AdmissionRequest): boolean {
  if (!isMatched(policy, request)) return false;
  const variables: Record<string, unknown> = {};
  const context = contextOf(request, variables);
  try {
    const { matchConditions, variables: definitions, validations } = policy.spec;
    if (matchConditions.some(({ expression }) => evaluate(expression, context) !== true)) return false;
    for (const { name, expression } of definitions) variables[name] = evaluate(expression, context);
    return validations.some(({ expression }) => evaluate(expression, context) !== true);
  } catch {
    return true;
  }
}

/** Parsed once: a comparison asks each of them for many objects. */
const parsed = new Map<string, (context: object) => unknown>();

function evaluate(expression: string, context: object): unknown {
  const program = parsed.get(expression) ?? (environment.parse(expression) as (context: object) => unknown);
  parsed.set(expression, program);
  return program(context);
}

function isMatched({ spec }: AdmissionPolicy, { object, oldObject }: AdmissionRequest): boolean {
  const asked = oldObject ?? object;
  if (asked === undefined) return false;
  const { matchConstraints } = spec;
  const { namespaceSelector, objectSelector, resourceRules } = matchConstraints;
  const namespace = namespaceSelector.matchLabels['kubernetes.io/metadata.name'];
  const [group, resource] = [groupOf(asked), resourceOf(asked)];
  const operation = operationOf({ object, oldObject });
  return (
    (namespace === undefined || namespace === asked.metadata.namespace) &&
    [object, oldObject].some((each) =>
      objectSelector.matchExpressions.every(({ key, values }) => values.includes(each?.metadata.labels?.[key] ?? '')),
    ) &&
    resourceRules.some(
      ({ apiGroups, resources, operations }) =>
        apiGroups.includes(group) && resources.includes(resource) && operations.includes(operation),
    )
  );
}

function contextOf({ user, pod, object, oldObject, params }: AdmissionRequest, variables: object): object {
  const asked = oldObject ?? object;
  const [group, version] = [asked ? groupOf(asked) : '', asked?.apiVersion.split('/').at(-1) ?? ''];
  return {
    object: object ?? null,
    oldObject: oldObject ?? null,
    namespaceObject: null,
    params,
    variables,
    authorizer: new Authorizer(),
    request: {
      operation: operationOf({ object, oldObject }),
      name: asked?.metadata.name,
      namespace: asked?.metadata.namespace,
      kind: { group, version, kind: asked?.kind },
      resource: { group, version, resource: asked ? resourceOf(asked) : '' },
      userInfo: {
        ...{ username: user, groups: [] },
        ...(pod !== undefined && { extra: { 'authentication.kubernetes.io/pod-name': [pod] } }),
      },
    },
  };
}

function operationOf({ object, oldObject }: Pick<AdmissionRequest, 'object' | 'oldObject'>): string {
  if (oldObject === undefined) return 'CREATE';
  return object === undefined ? 'DELETE' : 'UPDATE';
}

function groupOf({ apiVersion }: AskedObject): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** As Kubernetes guesses it (apimachinery, meta.UnsafeGuessKindToResource). */
function resourceOf({ kind }: AskedObject): string {
  const lower = kind.toLowerCase();
  if (lower.endsWith('s')) return `${lower}es`;
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** Integers as CEL's int: a double is another type to it. */
export function withIntegers(value: unknown): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withIntegers(inner)]));
}

function isEqual(one: unknown, other: unknown): boolean {
  if (!isContainer(one) || !isContainer(other)) return one === other;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(other, key) && isEqual(one[key], other[key]))
  );
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
