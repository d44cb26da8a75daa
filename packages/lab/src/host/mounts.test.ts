import { expect, test } from 'vitest';
import { mountsBelow, parseMountInfo } from './mounts.ts';

const text = `21 1 8:1 / / rw,relatime - ext4 /dev/vda rw
30 21 0:26 / /sys/fs/cgroup/memory rw,nosuid shared:11 - cgroup cgroup rw,memory
41 21 0:40 / /work/my\\040clone/.lab/dci/x rw - tmpfs tmpfs rw
42 41 0:41 / /work/my\\040clone/.lab/dci/x/y rw - tmpfs tmpfs rw
43 21 0:42 / /work/my\\040clone/.lab/dci-vrf/x rw - tmpfs tmpfs rw
`;

test('mount points are read with their blanks, and what stands behind the type', () => {
  expect(parseMountInfo(text)[1]).toEqual({
    point: '/sys/fs/cgroup/memory',
    type: 'cgroup',
    superOptions: ['rw', 'memory'],
  });
  expect(parseMountInfo(text)[2]?.point).toBe('/work/my clone/.lab/dci/x');
});

test("mounts of a folder come inner ones first, and another lab's are not among them", () => {
  expect(mountsBelow(['/work/my clone/.lab/dci'], parseMountInfo(text))).toEqual([
    '/work/my clone/.lab/dci/x/y',
    '/work/my clone/.lab/dci/x',
  ]);
});
