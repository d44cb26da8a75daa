import { changesProgram, environment, ports } from '@meshrs/contract';
import { listOf, valueAt } from '../kept/kept-field.ts';
import { isMapping } from './difference.ts';
import { placement, podSpecPath } from './placement.ts';
import { isRestrictedContainer, isRestrictedSeLinux, restrictedVolumes } from './pod-security.ts';
import { quantityOf } from './units.ts';
import { additions, never, textIn, type Decide, type MeaningTable, type Verdict } from './verdict.ts';

/** Variables by which the agent is told what to do; those that are generated are compared by themselves. */
const ofAgent: readonly string[] = Object.values(environment);

const variable: Decide = ({ path, before, isRepeated }) => {
  const name = path.at(-1) ?? '';
  if (isRepeated === true || ofAgent.includes(name)) return never('program');
  return before === undefined && !changesProgram(name) ? 'free' : 'word';
};

/** A mirror has the image by the same name and tag. */
const image: Decide = ({ before, after }) => (lastPart(before) === lastPart(after) ? 'free' : 'word');

function lastPart(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(value.lastIndexOf('/') + 1) : undefined;
}

const pullPolicy: Decide = ({ after }) => (after === 'Always' || after === 'IfNotPresent' ? 'free' : 'word');

/** Half of the limit is what the container has without one at the least. */
const cpuLimit: Decide = ({ path, after }, { generated, built }) => {
  const container = path.slice(0, -3);
  const limit = quantityOf(after);
  const requests = [generated, built].map((object) => valueAt(object, [...container, 'resources', 'requests', 'cpu']));
  if (limit === undefined) return 'word';
  if (limit < (quantityOf(requests[1]) ?? 0)) return never('admission');
  return limit >= 2 * (quantityOf(requests[0]) ?? 0) ? 'free' : 'word';
};

/** More is reserved; with less, the kubelet ends it sooner when its node runs out, on both sides alike. */
const memoryRequest: Decide = ({ path, before, after }, { built }) => {
  const limit = quantityOf(valueAt(built, [...path.slice(0, -2), 'limits', 'memory']));
  const request = quantityOf(after);
  if (request === undefined) return 'word';
  if (limit !== undefined && request > limit) return never('admission');
  return request >= (quantityOf(before) ?? 0) ? 'free' : 'word';
};

/** With less the container waits while others of its node are busy, and its sessions end by their hold time, on both sides alike. */
const cpuRequest: Decide = ({ path, before, after }, { built }) => {
  const limit = quantityOf(valueAt(built, [...path.slice(0, -2), 'limits', 'cpu']));
  const request = quantityOf(after);
  if (request === undefined) return 'word';
  if (limit !== undefined && request > limit) return never('admission');
  return request >= (quantityOf(before) ?? 0) ? 'free' : 'word';
};

const diskRequest: Decide = ({ path, after }, { built }) => {
  const limit = quantityOf(valueAt(built, [...path.slice(0, -2), 'limits', 'ephemeral-storage']));
  const request = quantityOf(after);
  if (request === undefined) return 'word';
  return limit !== undefined && request > limit ? never('admission') : 'free';
};

/** The kubelet evicts a pod that writes more, logs included, and asks no budget (Kubernetes documentation, "Ephemeral storage"). */
const diskLimit: Decide = ({ path, after }, { built }) => {
  const limit = quantityOf(after);
  if (limit === undefined) return 'word';
  const request = quantityOf(valueAt(built, [...path.slice(0, -2), 'requests', 'ephemeral-storage'])) ?? 0;
  if (limit < request) return never('admission');
  return limit >= 1024 ** 3 ? 'free' : 'word';
};

/** Of these folders programs live. */
const ofPrograms = /^\/(usr|bin|sbin|lib|lib64|etc|opt|proc|sys|dev|var|run)(\/|$)/;
/** Where people put the certificates of their own authorities. */
const certificates = /^\/(etc\/(ssl|pki)|usr\/local\/share\/ca-certificates|usr\/share\/ca-certificates)(\/|$)/;

const mount: Decide = ({ path, before, after, isRepeated }, { generated, built }) => {
  const place = normalized(path.at(-1) ?? '');
  const spec = podSpecPath(path);
  if (before !== undefined) return 'word';
  if (!isThere(after, built, spec)) return never('admission');
  const isOurs = isMapping(valueAt(generated, [...spec, 'volumes', textIn(after, 'name') ?? '']));
  const verdict = placeVerdict(place, valueAt(generated, path.slice(0, -1)));
  return isRepeated === true ? never('program') : isOurs && verdict === 'free' ? 'word' : verdict;
};

/** Whether the volume of a mount is one of the pod, or comes of a claim that its StatefulSet makes. */
function isThere(mounted: unknown, built: unknown, spec: readonly string[]): boolean {
  const claims = listOf(valueAt(built, ['spec', 'volumeClaimTemplates'])).map((claim) =>
    valueAt(claim, ['metadata', 'name']),
  );
  const volumes = listOf(valueAt(built, [...spec, 'volumes'])).map((each) => valueAt(each, ['name']));
  return [...volumes, ...claims].includes(valueAt(mounted, ['name']));
}

/** The kubelet mounts a file there. */
const terminationMessagePath: Decide = ({ path, before, after }, { generated }) => {
  if (after === defaultMessagePath) return 'free';
  // A gate's message becomes that of the sync.
  if (before !== undefined || typeof after !== 'string') return 'word';
  return placeVerdict(normalized(after), valueAt(generated, [...path.slice(0, -1), 'volumeMounts']));
};

/** Kubernetes API, "Container". */
const defaultMessagePath = '/dev/termination-log';

/** What it is that something is mounted at a place, over what is there by the image or by the generated mounts. */
function placeVerdict(place: string, mounts: unknown): Verdict {
  const siblings = listOf(mounts).flatMap((each) => textIn(each, 'mountPath') ?? []);
  // One over a folder of ours hides it.
  if (siblings.some((each) => isBelow(normalized(each), place))) return never('program');
  const isInside = siblings.some((each) => isBelow(place, normalized(each)));
  return isInside || (ofPrograms.test(place) && !certificates.test(place)) ? 'word' : 'free';
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** The same place in one spelling: the runtime takes "/config/", "//config" and "config" for "/config". */
function normalized(path: string): string {
  const parts = path.split('/').reduce<readonly string[]>((above, part) => {
    if (part === '' || part === '.') return above;
    return part === '..' ? above.slice(0, -1) : [...above, part];
  }, []);
  return `/${parts.join('/')}`;
}

/**
 * Sources of which a node needs nothing, and that another pod does not hold: by a claim the pod may wait for its volume on another
 * node, or for one that nobody made.
 */
const plainSources = ['configMap', 'downwardAPI', 'emptyDir', 'projected', 'secret'];
/** Parts of a projected volume; for a bundle that nobody made, or a certificate that nobody signs, the kubelet waits. */
const plainParts = ['configMap', 'downwardAPI', 'secret', 'serviceAccountToken'];

function isPlainPart(part: unknown): boolean {
  if (!isMapping(part)) return false;
  return Object.entries(part).every(
    ([key, value]) =>
      plainParts.includes(key) || (key === 'clusterTrustBundle' && valueAt(value, ['optional']) === true),
  );
}

const volume: Decide = ({ before, after, isRepeated }, { isRestricted }) => {
  // The API server takes each name once.
  if (isRepeated === true) return never('admission');
  if (before !== undefined || !isMapping(after)) return 'word';
  const sources = Object.keys(after).filter((key) => key !== 'name');
  if (isRestricted && !sources.every((source) => restrictedVolumes.includes(source))) return never('admission');
  // In memory it counts for the container's limit; over its size the kubelet evicts the pod.
  const isBounded = ['medium', 'sizeLimit'].some((key) => valueAt(after, ['emptyDir', key]) !== undefined);
  const isPlain =
    sources.every((source) => plainSources.includes(source)) &&
    listOf(valueAt(after, ['projected', 'sources'])).every(isPlainPart);
  return isPlain && !isBounded ? 'free' : 'word';
};

/** Its end, its memory and its readiness are those of the pod; what the API server refuses, it refuses of the pod. */
const container: Decide = ({ path, before, after, isRepeated }, { generated, built, isRestricted }) => {
  if (before !== undefined) return never('program');
  const spec = path.slice(0, -2);
  // The API server takes a name once, among containers and init containers alike.
  const names = ['containers', 'initContainers'].flatMap((list) =>
    listOf(valueAt(built, [...spec, list])).map((each) => valueAt(each, ['name'])),
  );
  const mounts = listOf(valueAt(after, ['volumeMounts']));
  if (isRepeated === true || names.filter((name) => name === path.at(-1)).length > 1) return never('admission');
  if (!mounts.every((each) => isThere(each, built, spec))) return never('admission');
  const ofPorts = portsOf(after).map((port) => portVerdict(port, portsOfPod(valueAt(generated, spec)), isRestricted));
  const refused = ofPorts.find((verdict) => typeof verdict === 'object');
  if (refused !== undefined) return refused;
  const ofPod = valueAt(generated, [...spec, 'securityContext']);
  return isRestricted && !isRestrictedContainer(after, ofPod) ? never('admission') : 'word';
};

const containerPort: Decide = ({ path, before, after, isRepeated }, { generated, isRestricted }) => {
  if (before !== undefined || !isMapping(after)) return 'word';
  // The API server takes each name of a container once.
  if (isRepeated === true) return never('admission');
  return portVerdict(after, portsOfPod(valueAt(generated, podSpecPath(path))), isRestricted);
};

/**
 * A Service and its clients find a port by its name in the first container that has it (Kubernetes, pkg/api/v1/pod, `FindPort`); two
 * programs of a pod share its ports. On the port of BGP of a node is MetalLB's speaker.
 */
function portVerdict(port: unknown, taken: readonly unknown[], isRestricted: boolean): Verdict {
  const isTaken = taken.some(
    (other) =>
      (valueAt(port, ['name']) !== undefined && valueAt(port, ['name']) === valueAt(other, ['name'])) ||
      (valueAt(port, ['containerPort']) === valueAt(other, ['containerPort']) &&
        protocolOf(port) === protocolOf(other)),
  );
  if (isTaken) return never('sessions');
  const hostPort = valueAt(port, ['hostPort']) ?? 0;
  if (hostPort === 0) return 'free';
  if (hostPort === ports.bgp) return never('sessions');
  return isRestricted ? never('admission') : 'word';
}

function protocolOf(port: unknown): string {
  return textIn(port, 'protocol') ?? 'TCP';
}

function portsOfPod(spec: unknown): readonly unknown[] {
  return ['containers', 'initContainers'].flatMap((list) => listOf(valueAt(spec, [list])).flatMap(portsOf));
}

function portsOf(container: unknown): readonly unknown[] {
  return listOf(valueAt(container, ['ports']));
}

/** The path is of the options, or of one of them. */
const seLinuxOptions: Decide = ({ path, after }, { built, isRestricted }) => {
  const options = valueAt(built, path.slice(0, path.lastIndexOf('seLinuxOptions') + 1));
  if (after === undefined || options === undefined) return 'word';
  return isRestricted && !isRestrictedSeLinux(options) ? never('admission') : 'free';
};

const fsGroupChangePolicy: Decide = ({ after }) =>
  after === 'OnRootMismatch' || after === 'Always' ? 'free' : never('admission');

const ofContainer: MeaningTable = {
  'securityContext.seLinuxOptions': seLinuxOptions,
  image,
  imagePullPolicy: pullPolicy,
  'env.*': variable,
  ports: containerPort,
  'volumeMounts.*': mount,
  'resources.requests.cpu': cpuRequest,
  'resources.requests.memory': memoryRequest,
  'resources.limits.cpu': cpuLimit,
  'resources.requests.ephemeral-storage': diskRequest,
  'resources.limits.ephemeral-storage': diskLimit,
  terminationMessagePath,
  terminationMessagePolicy: 'free',
};

const containerRows = ['containers', 'initContainers'].flatMap((list): [string, Verdict | Decide][] => [
  [`${list}.*`, container],
  ...Object.entries(ofContainer).map(([path, verdict]): [string, Verdict | Decide] => [`${list}.*.${path}`, verdict]),
]);

/** Of the specification of a pod that is generated. */
export const podSpec: MeaningTable = {
  ...Object.fromEntries(containerRows),
  'volumes.*': volume,
  priorityClassName: ({ after }) => (after === undefined ? 'word' : 'free'),
  'securityContext.seLinuxOptions': seLinuxOptions,
  'securityContext.fsGroupChangePolicy': fsGroupChangePolicy,
  'imagePullSecrets.*': additions,
  ...placement,
};
