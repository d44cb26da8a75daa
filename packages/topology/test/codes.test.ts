import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentCodes } from '@meshrs/strict-yaml';
import { describe, expect, it } from 'vitest';
import { readTopology, topologyCodes, type TopologyCode } from '../src/index.ts';
import { put, type Draft } from './edits.ts';

const samples = globSync('invalid/*.yaml', { cwd: import.meta.dirname })
  .sort()
  .map((path) => readTopology('t.yaml', readFileSync(join(import.meta.dirname, path), 'utf8')))
  .filter(({ issues }) => issues.every(({ code }) => !(code in documentCodes)));

/** An entry of each section whose name is not taken, so that the section was not read as a whole. */
const unreadable: Readonly<Record<string, string>> = {
  sides: 'sides.Not-A-Name',
  placement: 'placement.clusters.Not-A-Name',
  nodes: 'nodes.Not_A_Name',
  routers: 'routers.Not_A_Name',
  metallb: 'metallb.anycastLoopbacks.Not_A_Name',
  clients: 'clients.Not_A_Name',
  clientGroups: 'clientGroups.4-Not-A-Name',
  management: 'management.addresses.Not-A-Name',
};

const needed = Object.entries(topologyCodes).flatMap(([code, { needs }]) =>
  (needs ?? []).map((section) => [code as TopologyCode, section] as const),
);

describe('a check is silent while what it needs cannot be read', () => {
  it.each(needed)('%s without %s', (code, section) => {
    const sample = samples.find(({ issues }) => issues.some((issue) => issue.code === code));
    const after = codesAfter(sample?.document?.data, unreadable[section] ?? expect.unreachable(section));
    expect(after).toContain('wrong-format');
    expect(after).not.toContain(code);
  });

  it.each([
    ['shared-asn-alone', 'nodes'],
    ['too-few-sides', 'clients'],
    ['no-spare-node', 'routers'],
    ['timers-mismatch', 'sides'],
    ['unknown-side', 'metallb'],
  ])('%s does not need %s', (code, section) => {
    const sample = samples.find(({ issues }) => issues.some((issue) => issue.code === code));
    expect(codesAfter(sample?.document?.data, unreadable[section] ?? expect.unreachable(section))).toContain(code);
  });
});

function codesAfter(data: unknown, path: string): string[] {
  const draft = structuredClone(data) as Draft;
  put(draft, path, {});
  return readTopology('t.yaml', JSON.stringify(draft)).issues.map(({ code }) => code);
}
