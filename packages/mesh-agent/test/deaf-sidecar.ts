import { createServer } from 'node:net';

/** A sidecar that takes no request on. Resolves with what ends it. */
export async function startDeafSidecar(agentSocket: string): Promise<() => Promise<void>> {
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .resume()
      .end('{}\n');
  });
  await new Promise<void>((resolve) => server.listen(agentSocket, resolve));
  return async () => {
    await new Promise((resolve) => server.close(resolve));
  };
}
