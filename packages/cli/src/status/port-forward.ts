import { once } from 'node:events';
import http from 'node:http';
import type https from 'node:https';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PortForward, type KubeConfig } from '@kubernetes/client-node';
import WebSocket from 'isomorphic-ws';
import type { ApiAnswer, PodRequest } from './pod-answer.ts';

type Handler = NonNullable<ConstructorParameters<typeof PortForward>[2]>;

/** Of kubelet's port-forward: a frame's first octet is its channel. */
const protocol = 'v4.channel.k8s.io';

/**
 * GET over a port-forward: kubelet opens the connection inside the pod, where no NetworkPolicy stands in the way
 * (Kubernetes API reference, pods/portforward, by WebSocket). Where the API server refuses the port-forward, its answer is the
 * answer. Rejects with what keeps the pod from answering, and with the signal's reason when that aborts.
 */
export async function getByPortForward(
  config: KubeConfig,
  { namespace, pod, port, path }: PodRequest,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  const [toPod, fromPod, complaints] = [new PassThrough(), new PassThrough(), new PassThrough()];
  let opened: WebSocket.WebSocket | undefined;
  let isOver = false;
  const otherwise = Promise.withResolvers<ApiAnswer>();
  const fail = (error: Error): void => {
    otherwise.reject(error);
  };
  const handler: Handler = {
    connect: async (resource, _, onFrame) => {
      const options: https.RequestOptions = {};
      // It may run a program that signs in.
      await config.applyToHTTPSOptions(options);
      if (isOver) throw new Error('nobody waits for it any more');
      const server = (config.getCurrentCluster()?.server ?? '').replace(/^http/, 'ws').replace(/\/$/, '');
      const socket = new WebSocket.WebSocket(`${server}${resource}`, protocol, options);
      opened = socket;
      socket.on('unexpected-response', (_request, response) => {
        answerOf(response).then(otherwise.resolve, fail);
      });
      socket.on('error', fail);
      socket.on('close', () => fromPod.end());
      socket.on('message', (frame: Buffer) => {
        onFrame?.(frame.readUInt8(0), frame.subarray(1));
      });
      await once(socket, 'open');
      return socket;
    },
  };
  signal.addEventListener('abort', () => {
    fail(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
  });
  // What kubelet says of the connection inside the pod: "connection refused", say.
  complaints.once('data', (line: Buffer) => {
    fail(new Error(line.toString().trim()));
  });
  const ask = async (): Promise<ApiAnswer> => {
    await new PortForward(config, true, handler).portForward(namespace, pod, [port], fromPod, complaints, toPod);
    return await getOver(Duplex.from({ readable: fromPod, writable: toPod }), pod, path);
  };
  try {
    signal.throwIfAborted();
    return await Promise.race([ask(), otherwise.promise]);
  } finally {
    isOver = true;
    // Nobody waits for a farewell of a server that may be silent.
    opened?.terminate();
  }
}

async function answerOf(response: http.IncomingMessage): Promise<ApiAnswer> {
  return { status: response.statusCode ?? 0, body: await text(response) };
}

function getOver(connection: Duplex, host: string, path: string): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    http
      // An agent would dial by itself.
      .get({ host, path, createConnection: () => connection }, (response) => {
        answerOf(response).then(resolve, reject);
      })
      .on('error', reject);
  });
}
