import { Failure, formatFailure, isFailure } from '@meshrs/tools/failure';
import { labDown, labExec, labKubeconfig, labLogs, labStatus, labTest, labUp } from '../src/index.ts';

const terminal = {
  cwd: process.cwd(),
  writeOut: (text: string) => process.stdout.write(text),
  writeError: (text: string) => process.stderr.write(text),
};
const [command = '', subject = 'dci', ...rest] = process.argv.slice(2);
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.once(name, () => {
    interruption.abort(new Failure({ code: 'command-failed', message: `interrupted by ${name}`, next: 'start again' }));
  });
}
try {
  if (command === 'up') {
    await labUp(terminal, {
      topology: subject,
      name: rest[0] === '' ? undefined : rest[0],
      metallb: rest.includes('frr-k8s') ? 'frr-k8s' : 'native',
      gitops: rest.includes('gitops'),
      env: process.env,
      signal: interruption.signal,
    });
  } else if (command === 'down') await labDown(terminal, { name: subject });
  else if (command === 'test') {
    const isTrue = await labTest(terminal, {
      name: subject,
      only: rest,
      env: process.env,
      signal: interruption.signal,
    });
    process.exitCode = isTrue ? 0 : 1;
  } else if (command === 'status') {
    process.exitCode = (await labStatus(terminal, { name: subject, json: rest.includes('--json'), env: process.env }))
      ? 0
      : 1;
  } else if (command === 'exec') {
    const [part = '', ...words] = rest;
    process.exitCode = await labExec(terminal, { name: subject, part, command: words, env: process.env });
  } else if (command === 'logs') {
    await labLogs(terminal, { name: subject, daemon: rest[0], follow: false });
  } else if (command === 'kubeconfig') {
    labKubeconfig(terminal, { name: subject });
  } else throw new Error(`unknown command ${command}`);
} catch (error) {
  if (!isFailure(error)) throw error;
  terminal.writeError(formatFailure('lab', error));
  process.exitCode = 3;
}
