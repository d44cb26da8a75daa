import { connect } from 'node:net';

/** Sends commands on one connection to a daemon of FRR and gives each answer with its status byte. */
export async function askInTurn(
  socketPath: string,
  commands: readonly string[],
): Promise<readonly { readonly status: number; readonly text: string }[]> {
  const socket = connect(socketPath);
  const chunks = socket.iterator() as AsyncIterator<Buffer, undefined>;
  const answers = [];
  for (const command of commands) {
    socket.write(`${command}\0`);
    let answer = Buffer.alloc(0);
    // Three zero bytes and the status end an answer.
    while (!(answer.length >= 4 && answer.subarray(-4, -1).equals(Buffer.alloc(3)))) {
      const next = await chunks.next();
      if (next.done === true) throw new Error(`The daemon at ${socketPath} closed the connection after "${command}"`);
      answer = Buffer.concat([answer, next.value]);
    }
    answers.push({ status: answer.at(-1) ?? -1, text: answer.subarray(0, -4).toString() });
  }
  socket.destroy();
  return answers;
}
