import { shown } from '@meshrs/contract';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { AgentFailure } from '../../failure.ts';
import type { ApiAccess, ApiCredentials } from './access.ts';

const kubeconfigSchema = z.object({
  'current-context': z.string(),
  contexts: z.array(
    z.object({
      name: z.string(),
      context: z.object({ cluster: z.string(), user: z.string(), namespace: z.string().optional() }),
    }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.string(),
        'certificate-authority': z.string().optional(),
        'certificate-authority-data': z.string().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        'client-certificate': z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-key': z.string().optional(),
        'client-key-data': z.string().optional(),
        exec: z.unknown().optional(),
        'auth-provider': z.unknown().optional(),
      }),
    }),
  ),
});

/**
 * Access by a kubeconfig file with its current context, for trying the agent outside a cluster. Plugins that fetch
 * credentials (`exec`, `auth-provider`) are refused.
 * @throws AgentFailure `api-access-missing`
 */
export async function kubeconfigAccess(file: string): Promise<ApiAccess> {
  const config = kubeconfigSchema.safeParse(readYaml(file, await read(file)));
  if (!config.success) throw refused(file, `it is no kubeconfig: ${placesOf(config.error)}`, config.error);
  const { contexts, clusters, users, 'current-context': current } = config.data;
  const context = contexts.find((entry) => entry.name === current)?.context;
  if (!context) {
    throw refused(file, `current-context is "${current}", and there are ${names(contexts)}`);
  }
  const cluster = clusters.find((entry) => entry.name === context.cluster)?.cluster;
  if (!cluster)
    throw refused(file, `context ${current} names cluster "${context.cluster}", and there are ${names(clusters)}`);
  const server = readServer(cluster.server);
  if (!server) {
    throw refused(file, `cluster.server of "${context.cluster}" is ${shownServer(cluster.server)}; allowed: https://…`);
  }
  const user = users.find((entry) => entry.name === context.user)?.user;
  if (!user) throw refused(file, `context ${current} names user "${context.user}", and there are ${names(users)}`);
  if (user.exec !== undefined || user['auth-provider'] !== undefined) {
    throw refused(
      file,
      `user "${context.user}" gets credentials from a plugin; give it a token or a client certificate`,
    );
  }
  const either = async (data: string | undefined, name: string | undefined) => {
    if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
    return name === undefined ? undefined : await read(path.resolve(path.dirname(file), name));
  };
  return {
    server,
    ...(context.namespace !== undefined && { defaultNamespace: context.namespace }),
    credentials: async (): Promise<ApiCredentials> => {
      const ca = await either(cluster['certificate-authority-data'], cluster['certificate-authority']);
      const token = user.token ?? (await either(undefined, user.tokenFile))?.trim();
      const certificate = await either(user['client-certificate-data'], user['client-certificate']);
      const key = await either(user['client-key-data'], user['client-key']);
      return {
        ...(ca !== undefined && { ca }),
        ...(token !== undefined && { token }),
        ...(certificate !== undefined && key !== undefined && { clientCertificate: { certificate, key } }),
      };
    },
  };
}

function readYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    // The first line says what, and where; the others show the text, in which a token may stand.
    const [what = ''] = cause instanceof Error ? cause.message.split('\n') : [];
    throw refused(file, `it is no YAML: ${shown(what, longestShown)}`);
  }
}

/** Where something is not as a kubeconfig has it; of a key that is missing the same. */
function placesOf({ issues }: z.ZodError): string {
  const places = issues.map(({ path: place }) => (place.length === 0 ? 'the whole file' : place.join('.')));
  return `${firstWords(places)} ${places.length === 1 ? 'is' : 'are'} missing, or not what kubectl writes there`;
}

function firstWords(places: readonly string[]): string {
  const more = places.length - 5;
  return [...places.slice(0, 5), ...(more > 0 ? [`${String(more)} more`] : [])].join(', ');
}

/** Plain HTTP would show the token to everybody; the client speaks no other. */
function readServer(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'https:' ? url : undefined;
}

/** Without what stands behind the host, or a password before it. */
function shownServer(text: string): string {
  if (!URL.canParse(text)) return JSON.stringify(shown(text, longestShown));
  const { protocol, host } = new URL(text);
  return shown(`${protocol}//${host}`, longestShown);
}

const longestShown = 200;

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw refused(file, cause instanceof Error ? cause.message : 'it cannot be read', cause);
  }
}

function refused(file: string, why: string, cause?: unknown): AgentFailure {
  return new AgentFailure(`The kubeconfig ${file} cannot be used: ${why}.`, {
    code: 'api-access-missing',
    operation: `read ${file}`,
    retryable: true,
    cause,
  });
}

function names(entries: readonly { readonly name: string }[]): string {
  return entries.length === 0 ? 'none' : entries.map(({ name }) => `"${name}"`).join(', ');
}
