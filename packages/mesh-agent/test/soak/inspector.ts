/** A Node process by its inspector (the Chrome DevTools protocol). */
export interface Inspector {
  ask(method: string, params?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Said {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Connects to a process that was started with `--inspect=127.0.0.1:PORT`. */
export async function connectInspector(port: number): Promise<Inspector> {
  const list = await fetch(`http://127.0.0.1:${String(port)}/json/list`);
  const [target] = (await list.json()) as readonly { readonly webSocketDebuggerUrl: string }[];
  if (!target) throw new Error(`nothing is inspected at port ${String(port)}`);
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const opened = Promise.withResolvers<undefined>();
  let last = 0;
  socket.addEventListener('open', () => {
    opened.resolve(undefined);
  });
  socket.addEventListener('message', ({ data }: MessageEvent) => {
    const { id = 0, result, error } = JSON.parse(String(data)) as Said;
    if (error) waiting.get(id)?.reject(new Error(error.message));
    else waiting.get(id)?.resolve(result);
    waiting.delete(id);
  });
  socket.addEventListener('close', () => {
    const ended = new Error('the inspected process has closed the connection');
    opened.reject(ended);
    for (const { reject } of waiting.values()) reject(ended);
  });
  await opened.promise;
  return {
    ask: (method, params = {}) => {
      last += 1;
      const answer = Promise.withResolvers<unknown>();
      waiting.set(last, answer);
      socket.send(JSON.stringify({ id: last, method, params }));
      return answer.promise;
    },
    close: () => {
      socket.close();
    },
  };
}
