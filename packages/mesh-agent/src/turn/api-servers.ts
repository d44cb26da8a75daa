import { shown, turnCopyProbe, turnPath } from '@meshrs/contract';
import { mostApiServers, type CopiesView, type CopyAnswer } from '@meshrs/gate';
import { parseAddress } from '@meshrs/network';
import { z } from 'zod';
import { AgentFailure } from '../failure.ts';
import type { ApiAccess } from '../sources/kubernetes/access.ts';
import { createApiClient, type ExchangeAnswer, type ExchangingApiClient } from '../sources/kubernetes/api-client.ts';

/** The API servers of a cluster, each by its own address. */
export interface ApiServers {
  /** What each of them goes by. @throws AgentFailure where nobody answers at all */
  askAll(turn: string, signal: AbortSignal): Promise<Pick<CopiesView, 'anyServer' | 'servers'>>;
  readonly close: () => void;
}

/** Kubernetes keeps the addresses of its API servers here (kube-apiserver, `--endpoint-reconciler-type`). */
const slicePath = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
const sliceSchema = z.object({
  endpoints: z.array(z.object({ addresses: z.array(z.string()) })).nullish(),
  ports: z
    .array(z.object({ name: z.string().nullish(), port: z.number().int().min(1).max(65_535).nullish() }))
    .nullish(),
});

/** A server that does not take the connection in this time counts as one that cannot be dialled. */
const probeMs = 2000;

/**
 * The certificate that a server shows at its own address is the one that it shows behind the Service's: `access` says whose.
 */
export function dialServers(
  access: ApiAccess,
  dialled: (server: string) => string = (server) => server,
): (server: string) => ExchangingApiClient {
  const identity = access.identity ?? access.server.hostname.replace(/^\[(.*)\]$/, '$1');
  return (server) =>
    createApiClient({
      server: new URL(`https://${dialled(server)}`),
      identity,
      credentials: () => access.credentials(),
    });
}

/** `dial`: a client for one of Kubernetes' own list, "10.0.0.1:6443". */
export function createApiServers(
  client: Pick<ExchangingApiClient, 'exchange'>,
  dial: (server: string) => ExchangingApiClient,
): ApiServers {
  const clients = new Map<string, ExchangingApiClient>();
  return {
    askAll: async (turn, signal) => {
      const [anyServer, listed] = await Promise.all([probe(client, turn, signal), readAddresses(client, signal)]);
      if (listed.kind === 'unknown') return { anyServer, servers: listed };
      const copies = await Promise.all(
        listed.servers.map(async (server) => ({ server, answer: await probe(clientOf(server), turn, signal) })),
      );
      return { anyServer, servers: { kind: 'known', copies } };
    },
    close: () => {
      for (const each of clients.values()) each.close();
      clients.clear();
    },
  };

  function clientOf(server: string) {
    const known = clients.get(server);
    if (known) return known;
    const made = dial(server);
    clients.set(server, made);
    return made;
  }
}

async function readAddresses(
  client: Pick<ExchangingApiClient, 'exchange'>,
  signal: AbortSignal,
): Promise<
  { readonly kind: 'known'; readonly servers: readonly string[] } | { readonly kind: 'unknown'; readonly why: string }
> {
  const answer = await client.exchange({ method: 'GET', path: slicePath }, signal);
  if (answer.status !== 200)
    return { kind: 'unknown', why: `EndpointSlice default/kubernetes: ${statusWords(answer)}` };
  const { data } = sliceSchema.safeParse(answer.value);
  const port = data?.ports?.find(({ name }) => name === 'https')?.port;
  const hosts = (data?.endpoints ?? []).flatMap(({ addresses }) => addresses.map((text) => parseAddress(text)));
  const known = hosts.filter((host) => host !== undefined);
  // One that is left out could be the one that still goes by an older turn.
  if (typeof port !== 'number' || known.length === 0 || known.length < hosts.length || known.length > mostApiServers) {
    return { kind: 'unknown', why: 'EndpointSlice default/kubernetes is not as Kubernetes writes it' };
  }
  return {
    kind: 'known',
    servers: [...new Set(known)].map((host) => `${host.includes(':') ? `[${host}]` : host}:${String(port)}`),
  };
}

/** Annotation of a dry run that the admission policies of the turn refuse, whoever asks, and say what their copy is. */
const probeBody = { metadata: { labels: { [turnCopyProbe.label]: turnCopyProbe.value } } };
const { before, between } = turnCopyProbe;
const toldCopy = new RegExp(`${before}(?<name>\\S{1,400})${between}(?<resourceVersion>\\S{1,100}?)(?=[\\s.;,]|$)`);

export function probeRequest(turn: string) {
  return { method: 'PATCH', path: `${turnPath(turn)}?dryRun=All`, body: probeBody } as const;
}

/** What the server behind a client says of its copy of the turn. @throws AgentFailure where `signal` ends it */
export async function probe(
  client: Pick<ExchangingApiClient, 'exchange'>,
  turn: string,
  signal: AbortSignal,
): Promise<CopyAnswer> {
  const deadline = AbortSignal.timeout(probeMs);
  try {
    return answerOf(turn, await client.exchange(probeRequest(turn), AbortSignal.any([signal, deadline])));
  } catch (thrown) {
    if (!(thrown instanceof AgentFailure) || signal.aborted) throw thrown;
    return {
      kind: 'unreachable',
      why: deadline.aborted ? `no answer within ${String(probeMs / 1000)} s` : thrown.message,
    };
  }
}

/** An API server says so before it has read again which kinds there are (apiserver/pkg/admission/plugin/policy/generic). */
const unknownKind = 'failed to configure policy: failed to find resource referenced by paramKind';

/** What the answer to `probeRequest` says. */
export function answerOf(turn: string, answer: ExchangeAnswer): CopyAnswer {
  if (answer.status === 200) return { kind: 'unguarded' };
  if (messageOf(answer.value).includes(unknownKind)) return { kind: 'starting' };
  const { name, resourceVersion } = toldCopy.exec(messageOf(answer.value))?.groups ?? {};
  return answer.status === 403 && name === turn && resourceVersion !== undefined
    ? { kind: 'holds', resourceVersion }
    : { kind: 'not-understood', why: statusWords(answer) };
}

function messageOf(value: unknown): string {
  const message = typeof value === 'object' && value !== null && 'message' in value ? value.message : undefined;
  return typeof message === 'string' ? message.slice(0, 4096) : '';
}

function statusWords({ status, value }: ExchangeAnswer): string {
  const message = messageOf(value);
  return `status ${String(status)}${message === '' ? '' : `: ${shown(message, 200)}`}`;
}
