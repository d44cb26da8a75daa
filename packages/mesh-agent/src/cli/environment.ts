import { parseAddress, type IpAddress } from '@meshrs/network';
import { environment as names } from '@meshrs/contract';

/** What the agent reads of its environment. */
export interface AgentEnvironment {
  readonly podIp: IpAddress;
  readonly podName: string;
  readonly namespace: string;
  readonly updateSeconds: number;
  /** What the generator calls the pod's template. */
  readonly podRevision?: string;
  /** The turn of the fleet; left out: it has none. */
  readonly turn?: string;
  /** Where Kubernetes says its API is. */
  readonly kubernetesApi?: { readonly host: string; readonly port: string };
  readonly kubeconfig?: string;
  /** Values that no log line may contain. */
  readonly secrets: readonly string[];
}

export interface EnvironmentProblem {
  readonly variable: string;
  readonly message: string;
  readonly seen: string;
  readonly allowed: string;
  readonly hint: string;
}

export type ReadEnvironment =
  | { readonly ok: true; readonly value: AgentEnvironment }
  | { readonly ok: false; readonly problems: readonly EnvironmentProblem[] };

/** Upstream's default. */
const defaultUpdateSeconds = 30;

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads and checks the environment; every problem is told, not only the first. */
export function readEnvironment(variables: Variables): ReadEnvironment {
  const problems: EnvironmentProblem[] = [];
  const podIp = readAddress(variables, problems);
  const podName = readPodName(variables, problems);
  const updateSeconds = readUpdateSeconds(variables, problems);
  if (podIp === undefined || podName === undefined || updateSeconds === undefined) return { ok: false, problems };
  const host = valueOf(variables, 'KUBERNETES_SERVICE_HOST');
  const port = valueOf(variables, 'KUBERNETES_SERVICE_PORT');
  const kubeconfig = valueOf(variables, 'KUBECONFIG');
  const podRevision = valueOf(variables, names.podRevision);
  const turn = valueOf(variables, names.turn);
  return {
    ok: true,
    value: {
      podIp,
      podName,
      namespace: valueOf(variables, names.podNamespace) ?? 'default',
      updateSeconds,
      ...(podRevision !== undefined && { podRevision }),
      ...(turn !== undefined && { turn }),
      ...(host !== undefined && port !== undefined && { kubernetesApi: { host, port } }),
      ...(kubeconfig !== undefined && { kubeconfig }),
      secrets: secretsOf(variables),
    },
  };
}

/** Values of the environment that are secrets. */
export function secretsOf(variables: Variables): readonly string[] {
  return [names.licenceKey, names.rootPassword].flatMap((name) => valueOf(variables, name) ?? []);
}

export function formatProblem({ variable, message, seen, allowed, hint }: EnvironmentProblem): string {
  return `environment variable ${variable}: ${message}\n  seen:    ${seen}\n  allowed: ${allowed}\n  do:      ${hint}`;
}

function readAddress(variables: Variables, problems: EnvironmentProblem[]): IpAddress | undefined {
  const text = valueOf(variables, names.podIp);
  const address = text === undefined ? undefined : parseAddress(text);
  if (address === undefined) {
    problems.push({
      variable: names.podIp,
      message: text === undefined ? 'It is missing.' : 'This is not an address.',
      seen: text ?? '(not set)',
      allowed: "the pod's IPv4 or IPv6 address",
      hint: 'set it from the downward API: fieldRef status.podIP',
    });
  }
  return address;
}

function readPodName(variables: Variables, problems: EnvironmentProblem[]): string | undefined {
  const name = valueOf(variables, names.podName);
  if (name === undefined) {
    problems.push({
      variable: names.podName,
      message: 'It is missing; the router-id comes from it.',
      seen: '(not set)',
      allowed: "the pod's name, which is a key of routerIds in the settings",
      hint: 'set it from the downward API: fieldRef metadata.name',
    });
  }
  return name;
}

function readUpdateSeconds(variables: Variables, problems: EnvironmentProblem[]): number | undefined {
  const text = valueOf(variables, names.updateSeconds);
  if (text === undefined) return defaultUpdateSeconds;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  if (seconds !== undefined && seconds <= 86_400) return seconds;
  problems.push({
    variable: names.updateSeconds,
    message: 'This is not a number of seconds.',
    seen: text,
    allowed: 'a number from 0 to 86400; below 1 counts as 1',
    hint: `remove it for the default, ${String(defaultUpdateSeconds)}`,
  });
  return undefined;
}

/** An empty variable counts as not set, as upstream's manifests have them. */
function valueOf(variables: Variables, name: string): string | undefined {
  const value = variables[name];
  return value === undefined || value === '' ? undefined : value;
}
