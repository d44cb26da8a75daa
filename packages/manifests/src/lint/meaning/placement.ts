import { labels } from '@meshrs/contract';
import { isSatisfiable } from '../../built/selects.ts';
import { labelSelector, type SelectorView } from '../../built/views.ts';
import { wellKnownLabels } from '../../kubernetes/well-known-labels.ts';
import { listOf, valueAt } from '../kept/kept-field.ts';
import { isMapping, isSame } from './difference.ts';
import { never, textIn, type Decide, type MeaningTable, type Surroundings } from './verdict.ts';

/* On which nodes the pods may run, and how long they stay there. */

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

/** Where the specification of the pod is in which a path ends: of a pod that is generated, or of a template. */
export function podSpecPath(path: readonly string[]): readonly string[] {
  return path.slice(0, path[1] === 'template' ? 3 : 1);
}

/** The taints by which Kubernetes takes pods away from a node that it does not see. */
const ofAbsence = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/**
 * Of the tolerations that fit a taint the first one says how long the pod stays (Kubernetes, pkg/controller/tainteviction,
 * `getMinTolerationTime`, and its `GetMatchingTolerations`).
 */
const toleration: Decide = ({ path, after, before }, { generated, built }) => {
  if (before !== undefined || !isMapping(after)) return 'word';
  if (!isTaken(after)) return never('admission');
  const list = valueAt(built, path);
  // A gate does not stay on such a node as it is generated: Kubernetes gives it 300 s (its DefaultTolerationSeconds).
  const stays = ofAbsence.filter((taint) =>
    listOf(valueAt(generated, path)).some(
      (each) => tolerates(each, taint) && valueAt(each, ['tolerationSeconds']) === undefined,
    ),
  );
  const first = stays.map((taint) => listOf(list).find((each) => tolerates(each, taint)));
  const isFirst = first.some((each) => each !== undefined && isSame(each, after));
  return isFirst && after['tolerationSeconds'] !== undefined ? never('absence') : 'free';
};

/** Kubernetes API, "Toleration"; an empty key stands for all keys. The taints of absence have no value. */
function tolerates(toleration: unknown, taint: string): boolean {
  if (!isMapping(toleration)) return false;
  const { key = '', operator = 'Equal', value = '', effect = '' } = toleration;
  return (
    (key === '' || key === taint) &&
    (effect === '' || effect === 'NoExecute') &&
    (operator === 'Exists' || ((operator === 'Equal' || operator === '') && value === ''))
  );
}

/** Whether the API server takes a toleration (Kubernetes, pkg/apis/core/validation, `ValidateTolerations`). */
function isTaken({ key = '', operator = 'Equal', value = '', effect = '', tolerationSeconds }: Toleration): boolean {
  if (key === '' && operator !== 'Exists') return false;
  if (operator === 'Exists' && value !== '') return false;
  return tolerationSeconds === undefined || effect === 'NoExecute';
}

type Toleration = Readonly<Record<string, unknown>>;

const nodeSelector: Decide = ({ path }, surroundings) => {
  const key = path.at(-1) ?? '';
  const spec = podSpecPath(path);
  const terms = valueAt(surroundings.built, [...spec, 'affinity', 'nodeAffinity', required, 'nodeSelectorTerms']);
  const fits = (Array.isArray(terms) ? terms : [{}]).some((term) => mayFitNodes(spec, term, surroundings));
  if (!fits) return never('placement');
  const isOfSide =
    valueAt(surroundings.generated, [...spec.slice(0, -1), 'metadata', 'labels', labels.side]) !== undefined;
  // A gate is of no side; on the nodes of one it cannot ask when they are down.
  if (key === surroundings.nodeLabel && !isOfSide) return 'word';
  // One node is too few: when it goes, nothing takes its place.
  return key === wellKnownLabels.hostname ? 'word' : 'free';
};

/** The rule side-affinity asks for what must be there; what is added may leave no node. */
const affinity: Decide = ({ before, after }) => (before !== undefined && after === undefined ? 'free' : 'word');

/** A term more would let in more nodes; an expression more in each narrows them, as a node selector does. */
const nodeTerms: Decide = ({ path, after }, { generated, built, nodeLabel }) => {
  if (after === undefined) return 'free';
  const [were, are] = [generated, built].map((object) => valueAt(object, path));
  if (!Array.isArray(were) || !Array.isArray(are)) return 'word';
  if (!mayFitNodes(podSpecPath(path), after, { generated, built, nodeLabel })) return never('placement');
  const isNarrower =
    were.length === are.length &&
    are.every((term, index) => isNarrowed(were[index] as unknown, term as unknown)) &&
    !expressionsOf(after).some(({ key }) => key === wellKnownLabels.hostname);
  return isNarrower ? 'free' : 'word';
};

function isNarrowed(before: unknown, after: unknown): boolean {
  const [were, are] = [before, after].map((term) => valueAt(term, ['matchExpressions']));
  // By their fields a term names nodes, one after the other.
  if (!Array.isArray(were) || !Array.isArray(are) || valueAt(after, ['matchFields']) !== undefined) return false;
  return were.every((expression) => are.some((other) => isSame(unordered(expression), unordered(other))));
}

/** Of the values of an expression the order does not matter. */
function unordered(expression: unknown): unknown {
  if (!isMapping(expression)) return expression;
  const { values } = expression;
  return Array.isArray(values) ? { ...expression, values: values.map(String).sort() } : expression;
}

function expressionsOf(term: unknown): SelectorView['matchExpressions'] {
  return (
    labelSelector.safeParse({ matchExpressions: valueAt(term, ['matchExpressions']) }).data?.matchExpressions ?? []
  );
}

/** Whether a node of the side that runs Linux may fit a term and the pod's node selector; of its other labels nothing is known. */
function mayFitNodes(
  spec: readonly string[],
  term: unknown,
  { generated, built, nodeLabel }: Pick<Surroundings, 'generated' | 'built' | 'nodeLabel'>,
): boolean {
  const side = valueAt(generated, [...spec.slice(0, -1), 'metadata', 'labels', labels.side]);
  const ofNode = {
    matchLabels: { ...(typeof side === 'string' && { [nodeLabel]: side }), 'kubernetes.io/os': 'linux' },
  };
  const ofPod = labelSelector.safeParse({ matchLabels: valueAt(built, [...spec, 'nodeSelector']) }).data;
  return isSatisfiable([{ ...ofNode, matchExpressions: expressionsOf(term) }, ...(ofPod ? [ofPod] : [])]);
}

const spread: Decide = ({ after }) => (textIn(after, 'whenUnsatisfiable') === 'ScheduleAnyway' ? 'free' : 'word');

/** Of the specification of a pod that is generated. */
export const placement: MeaningTable = {
  'nodeSelector.*': nodeSelector,
  tolerations: toleration,
  topologySpreadConstraints: spread,
  affinity,
  [`affinity.nodeAffinity.${required}.nodeSelectorTerms`]: nodeTerms,
  [`affinity.nodeAffinity.${preferred}`]: 'free',
  [`affinity.podAffinity.${preferred}`]: 'free',
  [`affinity.podAntiAffinity.${preferred}`]: 'free',
};
