import https from 'node:https';
import { text } from 'node:stream/consumers';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import type { KubeApi } from './kube-api.ts';

/** An API server whose copy of the turn lags behind, as a front to a real one: all else is the real one's. */
export interface StaleServer {
  readonly host: string;
  /** How often it was asked for its copy. */
  askedCount(): number;
  /** From now on its copy is that of the real one. */
  catchUp(): void;
  /** Its copy stays as it is now. */
  fallBehind(): void;
  close(): Promise<void>;
}

export async function startStaleServer(api: KubeApi): Promise<StaleServer> {
  const host = anyLoopbackAddress();
  const [cert, key] = [api.ca(), api.key()];
  let isStale = false;
  let asked = 0;
  const server = https.createServer({ cert, key }, (request, response) => {
    void text(request).then((body) => {
      const { method, url, headers } = request;
      const sent = https.request(
        {
          host: api.host,
          port: api.port,
          method,
          path: url,
          ca: cert,
          agent: false,
          headers: { ...headers, host: api.host },
        },
        (answer) => {
          void text(answer).then((told) => {
            asked += 1;
            // Versions are numbers of etcd: this one is long over.
            const copy = isStale ? told.replace(/( at )\d+/, '$11') : told;
            const headers = { ...answer.headers, 'content-length': String(Buffer.byteLength(copy)) };
            response.writeHead(answer.statusCode ?? 502, headers).end(copy);
          });
        },
      );
      sent.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(6443, host, resolve));
  return {
    host,
    askedCount: () => asked,
    catchUp: () => {
      isStale = false;
    },
    fallBehind: () => {
      isStale = true;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
