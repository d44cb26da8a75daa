import { createConnection } from 'node:net';
import { LabFailure, messageOf } from '../host/failure.ts';

/** Asks a daemon of FRR at its vty socket; a command that it does not know or that fails is a failure. */
export function askVty(socket: string, command: string, timeoutMs = 20_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const connection = createConnection(socket);
    const fail = (why: string, cause?: unknown): void => {
      connection.destroy();
      reject(
        new LabFailure({
          code: 'refused',
          message: `${socket}: "${command}": ${why}`,
          next: 'read the log of the daemon: meshrs lab logs LAB',
          cause,
        }),
      );
    };
    connection.setTimeout(timeoutMs, () => {
      fail(`no answer within ${String(timeoutMs / 1000)} s`);
    });
    connection.on('error', (error) => {
      fail(messageOf(error), error);
    });
    connection.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      // Three zero bytes and a status end an answer; a JSON text holds no zero byte.
      if (bytes.length < 4 || !bytes.subarray(-4, -1).equals(Buffer.alloc(3))) return;
      const text = bytes.subarray(0, -4).toString('utf8');
      const status = bytes.at(-1);
      if (status !== 0) {
        fail(`status ${String(status)}: ${text.trim()}`);
        return;
      }
      connection.destroy();
      resolve(text);
    });
    connection.on('close', () => {
      fail('the daemon closed the connection');
    });
    connection.write(`${command}\0`);
  });
}

export async function askVtyJson(socket: string, command: string): Promise<unknown> {
  const text = await askVty(socket, command);
  return text.trim() === '' ? {} : (JSON.parse(text) as unknown);
}
