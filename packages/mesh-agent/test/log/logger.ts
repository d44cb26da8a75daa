import { openLogOutput } from '../../src/log/log-output.ts';

/*
 * A process that logs numbered lines to its standard output: `node logger.ts LINES BYTES END`, and ends by returning, by an
 * error that nobody catches, or at a message of its parent. It says over IPC when its lines are written, and beats while its
 * event loop turns.
 */
const [, , lines, bytes, end] = process.argv;
const output = openLogOutput(1);
output.onRecovered((dropped) => {
  output.write(`dropped ${String(dropped)}\n`);
});
process.on('exit', output.flush);
for (let line = 0; line < Number(lines); line++) output.write(`${String(line)} ${'x'.repeat(Number(bytes))}\n`);
process.send?.({ dropped: output.droppedCount() });
if (end === 'crash') throw new Error('nobody catches this');
if (end === 'return') process.disconnect();
else setInterval(() => process.send?.('beat'), 50);
process.on('message', () => {
  output.write('the last line\n');
  process.exit(0);
});
