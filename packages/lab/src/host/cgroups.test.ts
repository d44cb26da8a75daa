import { expect, test } from 'vitest';
import { findHierarchies } from './cgroups.ts';
import type { Mount } from './mounts.ts';

const mount = (point: string, type: string, ...superOptions: string[]): Mount => ({ point, type, superOptions });

test('version 2 alone: one hierarchy for everything', () => {
  expect(findHierarchies([mount('/sys/fs/cgroup', 'cgroup2')])).toEqual({
    version: 2,
    roots: ['/sys/fs/cgroup'],
    allRoots: ['/sys/fs/cgroup'],
    daemons: '/sys/fs/cgroup',
  });
});

test('version 1, with an empty version 2 beside it: daemons in the memory hierarchy, pods in all', () => {
  const mounts = [
    mount('/sys/fs/cgroup/cpu', 'cgroup', 'rw', 'cpu'),
    mount('/sys/fs/cgroup/memory', 'cgroup', 'rw', 'memory'),
    mount('/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
  ];
  expect(findHierarchies(mounts)).toEqual({
    version: 1,
    roots: ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/memory'],
    allRoots: ['/sys/fs/cgroup/cpu', '/sys/fs/cgroup/memory', '/sys/fs/cgroup/unified'],
    daemons: '/sys/fs/cgroup/memory',
  });
});

test('none at all is a failure that says what to do', () => {
  expect(() => findHierarchies([mount('/', 'ext4')])).toThrow('no cgroups mounted');
});
