import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { getByPortForward } from './port-forward.ts';

// The API server with its kubelet, as far as a port-forward by WebSocket goes (kubelet's portforward, v4.channel.k8s.io): a
// frame's first octet is its channel, 0 the connection and 1 what goes wrong with it; each begins with the port in two octets.
// The real ones are the lab's check "network-policies".
let server: http.Server;
let accept: (socket: WebSocket) => void;
let refusal: string | undefined;
const asked: string[] = [];

beforeEach(async () => {
  asked.length = 0;
  refusal = undefined;
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
  });
  server = http.createServer();
  server.on('upgrade', (request, connection, head) => {
    asked.push(`${request.url ?? ''} ${request.headers.authorization ?? ''}`);
    if (refusal !== undefined) {
      connection.end(refusal);
      return;
    }
    sockets.handleUpgrade(request, connection, head, (socket) => {
      for (const channel of [0, 1]) socket.send(Buffer.from([channel, 8179 & 255, 8179 >> 8]));
      accept(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const request = { namespace: 'meshrr', pod: 'routeserver-a-0', port: 8179, path: '/status' };

function ask(signal: AbortSignal = AbortSignal.timeout(20_000)) {
  const { port } = server.address() as AddressInfo;
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: `http://127.0.0.1:${String(port)}`, skipTLSVerify: true }],
    users: [{ name: 'u', token: 'secret' }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return getByPortForward(config, request, signal);
}

/** Passes the connection on to a server, as kubelet does inside the pod. */
async function passOn(answer: http.RequestListener): Promise<() => Promise<void>> {
  const pod = http.createServer(answer);
  await new Promise<void>((resolve) => pod.listen(0, '127.0.0.1', resolve));
  const { port } = pod.address() as AddressInfo;
  accept = (socket) => {
    const inside = net.connect(port, '127.0.0.1');
    socket.on('message', (frame: Buffer) => {
      if (frame[0] === 0) inside.write(frame.subarray(1));
    });
    inside.on('data', (piece) => {
      socket.send(Buffer.concat([Buffer.from([0]), piece]));
    });
    inside.on('close', () => {
      socket.close();
    });
    socket.on('close', () => inside.destroy());
  };
  return async () => {
    pod.closeAllConnections();
    await new Promise((resolve) => pod.close(resolve));
  };
}

describe('getByPortForward', () => {
  test.each([
    ['a short answer', 'ok'],
    ['one of many frames', 'x'.repeat(3_000_000)],
  ])('reads %s', async (_, body) => {
    const close = await passOn((incoming, response) => {
      response.end(incoming.url === '/status' ? body : '');
    });
    expect(await ask()).toEqual({ status: 200, body });
    expect(asked).toEqual(['/api/v1/namespaces/meshrr/pods/routeserver-a-0/portforward?ports=8179 Bearer secret']);
    await close();
  });

  test('gives the answer of the API server where that refuses', async () => {
    const body = '{"kind":"Status","message":"forbidden"}';
    refusal = `HTTP/1.1 403 Forbidden\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`;
    expect(await ask()).toEqual({ status: 403, body });
  });

  test('says what kubelet says of the connection inside', async () => {
    accept = (socket) => {
      socket.send(Buffer.concat([Buffer.from([1]), Buffer.from('error forwarding port 8179: connection refused\n')]));
    };
    await expect(ask()).rejects.toThrow(/^error forwarding port 8179: connection refused$/);
  });

  test('fails where the connection ends before the answer', async () => {
    accept = (socket) => {
      socket.close();
    };
    await expect(ask()).rejects.toThrow();
  });

  test('ends with the signal, where an answer never comes', async () => {
    const close = await passOn(() => undefined);
    await expect(ask(AbortSignal.timeout(100))).rejects.toThrow(/timeout/);
    await close();
  });
});
