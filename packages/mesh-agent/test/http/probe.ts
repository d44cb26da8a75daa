import net from 'node:net';

/** One request as the kubelet sends it, on a connection of its own; its answer's first line, and how long it took. */
export function probe(
  address: string,
  { port = 8180, path = '/healthz', timeoutMs = 10_000 } = {},
): Promise<{ readonly answer: string; readonly milliseconds: number }> {
  const started = performance.now();
  return new Promise((resolve) => {
    let text = '';
    const end = (answer: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answer, milliseconds: performance.now() - started });
    };
    const timer = setTimeout(() => {
      end(`no answer; seen: "${text}"`);
    }, timeoutMs);
    const socket = net.connect({ host: address, port }, () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${address}:${String(port)}\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
      );
    });
    socket.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    socket.on('end', () => {
      end(text.split('\r\n')[0] ?? '');
    });
    socket.on('error', (error) => {
      end(error.message);
    });
  });
}
