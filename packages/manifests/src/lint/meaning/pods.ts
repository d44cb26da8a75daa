import { environment } from '@meshrs/contract';
import { valueAt } from '../kept/kept-field.ts';
import { isMapping } from './difference.ts';
import { placement } from './placement.ts';
import { isRestrictedContainer, restrictedVolumes } from './pod-security.ts';
import { quantityOf } from './units.ts';
import { additions, never, textIn, type Judge, type MeaningTable, type Verdict } from './verdict.ts';

/** Variables by which the agent is told what to do; those that are generated are compared by themselves. */
const ofAgent: readonly string[] = Object.values(environment);
/** Variables by which a program is run in another way: what it loads, where it looks for the API server. */
const ofRunTime = /^(LD_|NODE_|KUBERNETES_|MESHR[RS]_|PATH$|KUBECONFIG$|HOME$|(https?|no|all)_proxy$)/i;

const variable: Judge = ({ path, before, isRepeated }) => {
  const name = path.at(-1) ?? '';
  if (isRepeated === true || ofAgent.includes(name)) return never('program');
  return before === undefined && !ofRunTime.test(name) ? 'free' : 'word';
};

/** A mirror has the image by the same name and tag. */
const image: Judge = ({ before, after }) => (lastPart(before) === lastPart(after) ? 'free' : 'word');

function lastPart(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(value.lastIndexOf('/') + 1) : undefined;
}

const pullPolicy: Judge = ({ after }) => (after === 'Always' || after === 'IfNotPresent' ? 'free' : 'word');

/** Half of the limit is what the container has without one at the least. */
const cpuLimit: Judge = ({ path, after }, { generated, built }) => {
  const container = path.slice(0, -3);
  const limit = quantityOf(after);
  const requests = [generated, built].map((object) => valueAt(object, [...container, 'resources', 'requests', 'cpu']));
  if (limit === undefined) return 'word';
  if (limit < (quantityOf(requests[1]) ?? 0)) return never('admission');
  return limit >= 2 * (quantityOf(requests[0]) ?? 0) ? 'free' : 'word';
};

/** More is reserved; with less, the kubelet ends it sooner when its node runs out, on both sides alike. */
const memoryRequest: Judge = ({ path, before, after }, { built }) => {
  const limit = quantityOf(valueAt(built, [...path.slice(0, -2), 'limits', 'memory']));
  const request = quantityOf(after);
  if (request === undefined) return 'word';
  if (limit !== undefined && request > limit) return never('admission');
  return request >= (quantityOf(before) ?? 0) ? 'free' : 'word';
};

const cpuRequest: Judge = ({ path, after }, { built }) => {
  const limit = quantityOf(valueAt(built, [...path.slice(0, -2), 'limits', 'cpu']));
  const request = quantityOf(after);
  if (request === undefined) return 'word';
  return limit !== undefined && request > limit ? never('admission') : 'free';
};

/** Of these folders programs live. */
const ofPrograms = /^\/(usr|bin|sbin|lib|lib64|etc|opt|proc|sys|dev|var|run)(\/|$)/;
/** Where people put the certificates of their own authorities. */
const certificates = /^\/(etc\/(ssl|pki)|usr\/local\/share\/ca-certificates|usr\/share\/ca-certificates)(\/|$)/;

const mount: Judge = ({ path, before, after, isRepeated }, { generated }) => {
  const place = path.at(-1) ?? '';
  const siblings = pathsIn(valueAt(generated, path.slice(0, -1)));
  // One over a folder of ours hides it.
  if (isRepeated === true || siblings.some((each) => each !== place && isBelow(each, place))) return never('program');
  if (before !== undefined) return 'word';
  const spec = path.slice(0, path.length - 4);
  const isOurs = isMapping(valueAt(generated, [...spec, 'volumes', textIn(after, 'name') ?? '']));
  const isInside = siblings.some((each) => isBelow(place, each));
  return isOurs || isInside || (ofPrograms.test(place) && !certificates.test(place)) ? 'word' : 'free';
};

function pathsIn(mounts: unknown): readonly string[] {
  return Array.isArray(mounts) ? mounts.flatMap((each) => textIn(each, 'mountPath') ?? []) : [];
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

const volume: Judge = ({ before, after, isRepeated }, { isRestricted }) => {
  if (before !== undefined || isRepeated === true || !isMapping(after)) return 'word';
  const sources = Object.keys(after).filter((key) => key !== 'name');
  if (sources.every((source) => restrictedVolumes.includes(source))) return 'free';
  return isRestricted ? never('admission') : 'word';
};

/** Its end, its memory and its readiness are those of the pod; what the API server refuses, it refuses of the pod. */
const container: Judge = (difference, { generated, isRestricted }) => {
  const { path, before, after } = difference;
  if (before !== undefined) return never('program');
  const spec = path.slice(0, -2);
  const taken = ['containers', 'initContainers'].flatMap((list) => portsIn(valueAt(generated, [...spec, list])));
  if (portsIn([after]).some((port) => taken.includes(port))) return never('sessions');
  const ofPod = valueAt(generated, [...spec, 'securityContext']);
  return isRestricted && !isRestrictedContainer(after, ofPod) ? never('admission') : 'word';
};

function portsIn(list: unknown): readonly unknown[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((each) => {
    const ports = isMapping(each) ? each['ports'] : undefined;
    return Array.isArray(ports) ? ports.flatMap((port) => (isMapping(port) ? [port['containerPort']] : [])) : [];
  });
}

const containerPort: Judge = ({ path, before, after, isRepeated }, { generated, isRestricted }) => {
  if (before !== undefined || isRepeated === true) return 'word';
  const taken = ['containers', 'initContainers'].flatMap((list) =>
    portsIn(valueAt(generated, [...path.slice(0, path.length - 4), list])),
  );
  if (portsIn([{ ports: [after] }]).some((port) => taken.includes(port))) return never('sessions');
  return isMapping(after) && after['hostPort'] !== undefined ? (isRestricted ? never('admission') : 'word') : 'free';
};

const ofContainer: MeaningTable = {
  image,
  imagePullPolicy: pullPolicy,
  'env.*': variable,
  'ports.*': containerPort,
  'volumeMounts.*': mount,
  'resources.requests.cpu': cpuRequest,
  'resources.requests.memory': memoryRequest,
  'resources.limits.cpu': cpuLimit,
  terminationMessagePath: 'free',
  terminationMessagePolicy: 'free',
};

const containerRows = ['containers', 'initContainers'].flatMap((list): [string, Verdict | Judge][] => [
  [`${list}.*`, container],
  ...Object.entries(ofContainer).map(([path, verdict]): [string, Verdict | Judge] => [`${list}.*.${path}`, verdict]),
]);

/** Of the specification of a pod that is generated. */
export const podSpec: MeaningTable = {
  ...Object.fromEntries(containerRows),
  'volumes.*': volume,
  priorityClassName: ({ after }) => (after === undefined ? 'word' : 'free'),
  'imagePullSecrets.*': additions,
  ...placement,
};
