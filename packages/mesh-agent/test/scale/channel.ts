import type { ChildProcess } from 'node:child_process';

/** What two processes say to each other: an answer carries the id of its request. */
export interface Talk {
  readonly request: object;
  readonly answer: { readonly id: number };
  readonly other: object;
}

/**
 * Asks a process that answers each request on Node's IPC with the request's id; what it sends without one goes to
 * `onOther`. A request to a process that has ended rejects, and so do those that it owes.
 */
export function openChannel<T extends Talk>(
  child: ChildProcess,
  onOther?: (message: T['other']) => void,
): (request: T['request']) => Promise<T['answer']> {
  let last = 0;
  const waiting = new Map<number, PromiseWithResolvers<T['answer']>>();
  child.on('message', (message: T['answer'] | T['other']) => {
    if (!isAnswer(message)) {
      onOther?.(message);
      return;
    }
    waiting.get(message.id)?.resolve(message);
    waiting.delete(message.id);
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process has ended: ${String(code ?? signal)}`));
  });
  return (request) => {
    last += 1;
    const answer = Promise.withResolvers<T['answer']>();
    waiting.set(last, answer);
    child.send({ id: last, request }, (error) => {
      if (error) answer.reject(error);
    });
    return answer.promise;
  };
}

function isAnswer(message: object): message is { readonly id: number } {
  return 'id' in message;
}
