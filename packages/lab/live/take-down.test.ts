import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { repository, runLabCommand, startLabCommand } from './command.ts';
import { freezeContainer, noTraces, tracesOf } from './machine.ts';

/** A lab of its own, so that one that is up stays. */
const lab = 'leftover';
const minute = 60_000;

afterEach(async () => {
  await runLabCommand(['down', lab]);
});

describe('nothing of a lab is left', () => {
  test.each([
    'namespaces, links and addresses are made',
    'clients run',
    'kube-apiserver answers',
    'nodes are Ready',
    'every client has a session with every side',
  ])(
    'when the command that brings it up is killed after "%s"',
    async (line) => {
      const up = startLabCommand(['up', 'dci', lab]);
      await up.hasPrinted(line);
      up.child.kill('SIGKILL');
      expect(await up.ended()).toBe('SIGKILL');
      // Otherwise the test would look for traces where there never were any.
      const before = tracesOf(lab, repository);
      expect([...before.namespaces, ...before.processes]).not.toEqual([]);
      const again = await runLabCommand(['up', 'dci', lab]);
      expect(again.status).toBe(3);
      expect(again.output).toContain(`meshrs lab down ${lab}`);
      const down = await runLabCommand(['down', lab]);
      expect(down).toEqual({ status: 0, output: expect.stringContaining(`The lab "${lab}" is gone`) as string });
      expect(tracesOf(lab, repository)).toEqual(noTraces);
    },
    10 * minute,
  );

  test(
    'when it is interrupted while it comes up: it takes itself down',
    async () => {
      const up = startLabCommand(['up', 'dci', lab]);
      await up.hasPrinted('kube-apiserver answers');
      up.child.kill('SIGINT');
      expect(await up.ended()).toBe(3);
      expect(up.output()).toContain('interrupted by SIGINT');
      expect(tracesOf(lab, repository)).toEqual(noTraces);
    },
    5 * minute,
  );

  test(
    'when it was up, with pods and sessions',
    async () => {
      const up = await runLabCommand(['up', 'dci', lab]);
      expect(up).toEqual({ status: 0, output: expect.stringContaining('is up after') as string });
      const twice = await runLabCommand(['up', 'dci', lab]);
      expect(twice.status).toBe(3);
      expect(twice.output).toContain(`The lab "${lab}" is up already`);
      freezeContainer(lab);
      expect((await runLabCommand(['down', lab])).status).toBe(0);
      expect(tracesOf(lab, repository)).toEqual(noTraces);
      expect((await runLabCommand(['down', lab])).output).toContain(`There is no lab "${lab}".`);
    },
    10 * minute,
  );
});

describe('bad input is refused with one message, and nothing is left', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshrs-lab-'));

  test.each([
    [['up', 'dcii', lab], 'There is no topology "dcii". Did you mean dci?'],
    [['up', 'packages/topology/test/unsupported/dci-dual.yaml', lab], 'The sides are placed on 2 clusters'],
    [['up', 'dci', 'Not-A-Name'], '"Not-A-Name" cannot be the name of a lab.'],
    [['test', lab], `There is no lab "${lab}".`],
    [['exec', lab, 'core'], `There is no lab "${lab}".`],
    [['kubeconfig', lab], `There is no lab "${lab}".`],
  ])('lab %s', async (args, message) => {
    const { status, output } = await runLabCommand(args);
    expect({ status, output }).toEqual({ status: 3, output: expect.stringContaining(message) as string });
    expect(output).toContain('  do:      ');
    expect(tracesOf(lab, repository)).toEqual(noTraces);
  });

  test('a generated tree that is not what the topology gives, and a clone without tools', async () => {
    for (const part of [
      'topologies',
      'overlays',
      'base',
      'clusters',
      'scripts/lab-tools',
      'packages/tools/src/tools.json',
    ]) {
      mkdirSync(join(folder, 'packages/tools/src'), { recursive: true });
      cpSync(join(repository, part), join(folder, part), { recursive: true });
    }
    const withoutTools = await runLabCommand(['up', 'dci', lab], folder);
    expect(withoutTools.output).toContain('tools are missing');
    expect(withoutTools.output).toContain('scripts/lab-tools');
    rmSync(join(folder, 'overlays/dci/a'), { recursive: true });
    const stale = await runLabCommand(['up', 'dci', lab], folder);
    expect(stale.output).toContain('not what topologies/dci.yaml gives, the first is overlays/dci/a/');
    expect(stale.output).toContain('pnpm build');
    expect(tracesOf(lab, folder)).toEqual(noTraces);
    rmSync(folder, { recursive: true });
  });
});
