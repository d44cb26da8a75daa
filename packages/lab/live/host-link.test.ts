import { afterEach, expect, test } from 'vitest';
import { makeHostLink } from '../src/cluster/host-link.ts';
import { run } from '../src/host/run.ts';

const labs = ['link-1', 'link-2', 'link-3', 'link-4'];
const namespace = (lab: string): string => `meshrs-${lab}.test`;

afterEach(async () => {
  for (const lab of labs) await run(['ip', 'netns', 'delete', namespace(lab)]);
});

test('labs that come up at the same moment have addresses of their own', async () => {
  for (const lab of labs) await run(['ip', 'netns', 'add', namespace(lab)]);

  const links = await Promise.all(labs.map((lab) => makeHostLink(lab, namespace(lab))));

  expect(new Set(links.map(({ hostAddress }) => hostAddress)).size).toBe(labs.length);
});
