import { speakersRevision } from '@meshrs/contract';
import { expect, it } from 'vitest';
import { digestOf, sideRevision } from './side-revision.ts';

const settings = (annotations: Readonly<Record<string, string>>, data = 'a: 1\n') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'routeserver-a-settings', annotations },
  data: { 'meshrr.conf.yml': data },
});

it.each([
  ['of what is generated', sideRevision],
  ['of what is built', digestOf],
])("the revision %s stays when nothing but what MetalLB's pods are made of changes", (_, revisionOf) => {
  const before = revisionOf([settings({ x: 'y', [speakersRevision]: 'old' })]);
  expect(revisionOf([settings({ x: 'y', [speakersRevision]: 'new' })])).toBe(before);
  expect(revisionOf([settings({ x: 'y' })])).toBe(before);
  expect(revisionOf([settings({ x: 'z', [speakersRevision]: 'old' })])).not.toBe(before);
  expect(revisionOf([settings({ x: 'y', [speakersRevision]: 'old' }, 'a: 2\n')])).not.toBe(before);
});
