import { expect, test } from 'vitest';
import { runGit } from '../../test/support/run-git.ts';
import { scratchRepository } from '../../test/support/scratch-repository.ts';
import { listCommitted, readCommitted } from './committed-files.ts';

test.each(['', 'network/meshrs/'])(
  'what a commit has in a folder is listed and read, where meshrs stands in "%s"',
  async (prefix) => {
    const repository = scratchRepository();
    const files = {
      'topologies/é one.yaml': 'å: 1\r\n',
      'topologies/two.yaml': '',
      'topologies/below/three.yaml': 'x',
    };
    repository.remove('topologies');
    for (const [path, text] of Object.entries(files)) repository.write(`${prefix}${path}`, text);
    repository.write(`other/topologies/no.yaml`, 'x');
    repository.commit();
    const commit = { id: runGit(repository.path, 'rev-parse', 'HEAD'), top: repository.path, prefix };
    // What is edited since is not what the commit has.
    repository.write(`${prefix}topologies/two.yaml`, 'later');

    const entries = await listCommitted(commit, 'topologies');

    expect(entries.map(({ path }) => path)).toEqual([
      'topologies/below',
      'topologies/two.yaml',
      'topologies/é one.yaml',
    ]);
    expect(await Promise.all(entries.slice(1).map((entry) => readCommitted(commit, entry)))).toEqual(['', 'å: 1\r\n']);
    expect(await listCommitted(commit, 'overlays')).toEqual([]);
  },
);

test('a git that fails is no answer', async () => {
  const { path } = scratchRepository();
  const commit = { id: '1'.repeat(40), top: path, prefix: '' };
  await expect(listCommitted(commit, 'topologies')).rejects.toMatchObject({ code: 'git-failed' });
  await expect(readCommitted(commit, { path: 'x', object: commit.id })).rejects.toMatchObject({ code: 'git-failed' });
});
