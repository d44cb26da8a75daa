import { readFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import { LabFailure } from '../host/failure.ts';
import { untilAnswered } from '../host/until-answered.ts';

/** Reads from kube-apiserver; writing is kubectl's, which knows every kind. */
export interface KubernetesApi {
  /** The answer's JSON; undefined when there is no such thing (404). Asked again for a minute while there is no answer. */
  get(path: string): Promise<unknown>;
  probe(path: string): Promise<ProbeAnswer>;
  /**
   * Follows what a list holds (Kubernetes documentation, "Efficient detection of changes") until the connection ends.
   */
  watch(path: string, onEvent: (event: unknown) => void): Promise<void>;
}

/** The status of the answer, or why there is none, of kube-apiserver itself: another's certificate is none. */
export type ProbeAnswer = number | { readonly silent: string };

export interface ClusterAccess {
  readonly host: string;
  readonly port: number;
  readonly certificateFile: string;
  readonly token: string;
}

const readLog = 'read the log of kube-apiserver: meshrs lab logs LAB kube-apiserver';
/** Of a server that has too much to do, or lost its store for a moment (Kubernetes API conventions, "HTTP Status codes"). */
const noAnswers = [429, 500, 503, 504];

export function kubernetesApi(access: ClusterAccess): KubernetesApi {
  return {
    get: async (path) => {
      const { status, text } = await untilAnswered(() => askOnce(access, path), { what: `GET ${path}`, next: readLog });
      if (status === 404) return undefined;
      if (status === 200) return JSON.parse(text) as unknown;
      throw new LabFailure({
        code: 'refused',
        message: `kube-apiserver answers GET ${path} with status ${String(status)}: ${text.slice(0, 500)}`,
        next: readLog,
      });
    },
    probe: async (path) => {
      try {
        return (await ask(access, path)).status;
      } catch (error) {
        return { silent: error instanceof Error ? error.message : String(error) };
      }
    },
    watch: (path, onEvent) => follow(access, path, onEvent),
  };
}

function follow(access: ClusterAccess, path: string, onEvent: (event: unknown) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(callOf(access, `${path}?watch=true`), (response) => {
      if (response.statusCode !== 200) {
        response.resume();
        reject(new Error(`kube-apiserver answers a watch of ${path} with status ${String(response.statusCode)}`));
        return;
      }
      const lines = createInterface({ input: response });
      lines.on('line', (line) => {
        onEvent(JSON.parse(line));
      });
      lines.on('close', resolve);
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end();
  });
}

function callOf({ host, port, certificateFile, token }: ClusterAccess, path: string): RequestOptions {
  return {
    host,
    port,
    path,
    ca: readFileSync(certificateFile),
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    agent: false,
  };
}

async function askOnce(access: ClusterAccess, path: string): Promise<{ status: number; text: string }> {
  const answer = await ask(access, path);
  if (noAnswers.includes(answer.status))
    throw new Error(`status ${String(answer.status)}: ${answer.text.slice(0, 500)}`);
  return answer;
}

function ask(access: ClusterAccess, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ ...callOf(access, path), timeout: 10_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
      response.on('error', reject);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within 10 s from ${access.host}`)));
    call.on('error', reject);
    call.end();
  });
}
