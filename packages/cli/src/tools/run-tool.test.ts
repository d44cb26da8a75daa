import { expect, test } from 'vitest';
import { scratch } from '../../test/support/scratch.ts';
import { runTool } from './run-tool.ts';

test('what a program prints, and how it ends, is the result', async () => {
  expect(await runTool('sh', ['-c', 'echo out; echo error >&2; exit 7'])).toEqual({
    exitCode: 7,
    stdout: 'out\n',
    stderr: 'error\n',
  });
});

test('a program runs in the folder that is named, and reads nothing', async () => {
  const folder = scratch();
  expect(await runTool('sh', ['-c', 'pwd -P; cat'], { cwd: folder })).toMatchObject({ stdout: `${folder}\n` });
});

test.each([
  ['is not there', '/gone/tool', []],
  ['is ended by a signal', 'sh', ['-c', 'kill -9 $$']],
])('a program that %s is a failure, never a result', async (_, path, args) => {
  await expect(runTool(path, args)).rejects.toMatchObject({ code: 'tool-failed' });
});
