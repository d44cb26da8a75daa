import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderManifests } from '@meshrs/manifests';
import { casesFolder, find, parseApps, parseFiles, readText, set, type Editable } from '@meshrs/manifests/test-support';
import { describe, expect, test } from 'vitest';
import { compareBuilt, type Comparison } from '../src/index.ts';

const source = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8');

function objectsOf(edit: (text: string) => string): { readonly overlay: Editable[]; readonly outside: Editable[] } {
  const text = edit(source);
  const { files } = renderManifests([{ file: 'topologies/dci.yaml', topology: readText(text) }], () => false);
  return {
    overlay: parseFiles(files),
    outside: parseApps(files),
  };
}

type Both = ReturnType<typeof objectsOf>;

function compared(edit: (text: string) => string, change: (after: Both) => void = () => undefined): Comparison {
  const [before, after] = [objectsOf((text) => text), objectsOf(edit)];
  change(after);
  return compareBuilt(before.overlay, after.overlay, {
    ...{ cluster: 'dci', before: before.outside, after: after.outside },
  });
}

const withMetallb =
  (line: string) =>
  (text: string): string => {
    const edited = text.replace('metallb:\n', `metallb:\n  ${line}\n`);
    expect(edited).not.toBe(text);
    return edited;
  };
const told = ({ effects }: Comparison): readonly string[] =>
  effects.map(({ kind, object, sides, turn }) => `${kind} ${object} [${sides.join()}] ${turn ?? '-'}`);

const inTurns = ['a', 'b'].map((side) => `resets ConfigMap meshrr/routeserver-${side}-settings [${side}] ${side}`);
const application = 'Application.argoproj.io argocd/meshrs-metallb-dci';

describe("a change of MetalLB's chart", () => {
  test.each([
    ['version', 'chart: { version: 0.16.1 }'],
    ['repository', 'chart: { repository: https://charts.example.com/metallb }'],
  ])('of its %s replaces pods in the turn of each side, and names whom it hits', (_, line) => {
    const comparison = compared(withMetallb(line));
    expect(told(comparison)).toEqual([`leads ${application} [] -`, ...inTurns]);
    expect(comparison).toMatchObject({ disturbedSides: ['a', 'b'], unordered: [], turns: ['a', 'b'] });
    expect(comparison.effects[1]?.detail).toContain('replaced node by node');
    expect(Object.keys(comparison.clients)).toEqual(['a', 'b']);
  });

  test('of its backend has no order', () => {
    const { unordered } = compared(withMetallb('backend: frr'));
    expect(unordered.map(({ object }) => object)).toEqual([application]);
  });

  test.each([
    ['frr-k8s.frrk8s.resources', { limits: { memory: '1Gi' } }],
    ['frr-k8s.frrk8s.logLevel', 'warn'],
    ['speaker.logLevel', 'debug'],
    ['controller', { logLevel: 'all' }],
    ['speaker.frr.resources', { limits: { memory: '1Gi' } }],
    ['speaker.tolerations', [{ operator: 'Exists' }]],
    ['frr-k8s.frrk8s.tolerations', [{ operator: 'Exists' }]],
  ])('of values beside its backend is told: %s', (path, value) => {
    const { effects, unordered } = compared(
      (text) => text,
      ({ outside }) => {
        set(find(outside, 'Application', 'meshrs-metallb-dci'), `spec.source.helm.valuesObject.${path}`, value);
      },
    );
    expect(unordered).toEqual([]);
    expect(effects).toMatchObject([{ kind: 'leads', object: application }]);
    expect(effects[0]?.detail).toContain(path);
  });

  test.each([
    ['frr-k8s', 'frr-k8s.frrk8s.logLevel', 'debug'],
    ['frr-k8s', 'frr-k8s.frrk8s.logLevel', 'all'],
    ['frr', 'speaker.logLevel', 'debug'],
  ])('by which FRR writes debug messages has no order: %s, %s: %s', (backend, path, value) => {
    const [before, after] = ['info', value].map((level) => {
      const both = objectsOf((text) => withMetallb(`backend: ${backend}`)(text));
      set(find(both.outside, 'Application', 'meshrs-metallb-dci'), `spec.source.helm.valuesObject.${path}`, level);
      return both;
    });
    const { unordered } = compareBuilt(before?.overlay ?? [], after?.overlay ?? [], {
      ...{ cluster: 'dci', before: before?.outside ?? [], after: after?.outside ?? [] },
    });
    expect(unordered).toMatchObject([{ kind: 'resets', object: application, sides: ['a', 'b'] }]);
    expect(unordered[0]?.detail).toContain('debug messages');
  });

  test('that gives MetalLB to somebody else replaces nothing', () => {
    const comparison = compared(withMetallb('chart: { install: false }'));
    expect(told(comparison).filter((effect) => effect.startsWith('resets'))).toEqual([]);
  });

  test('that brings the revision for the first time counts: pods without one are outdated', () => {
    const [before, after] = [objectsOf((text) => text), objectsOf((text) => text)];
    for (const object of before.overlay) delete object.metadata.annotations?.['meshrs.dev/metallb-revision'];
    expect(told(compareBuilt(before.overlay, after.overlay))).toEqual(inTurns);
  });

  test.each([
    ['speaker.nodeSelector', { rack: 'one' }],
    ['speaker.affinity', { nodeAffinity: {} }],
    ['speaker.updateStrategy.type', 'RollingUpdate'],
    ['speaker.enabled', false],
    ['fullnameOverride', 'lb'],
    ['frr-k8s.nodeSelector', { rack: 'one' }],
    ['frr-k8s.frrk8s.tolerateMaster', false],
  ])('that OnDelete does not hold back has no order: %s', (path, value) => {
    const { unordered } = compared(
      (text) => text,
      ({ outside }) => {
        set(find(outside, 'Application', 'meshrs-metallb-dci'), `spec.source.helm.valuesObject.${path}`, value);
      },
    );
    expect(unordered).toMatchObject([{ kind: 'resets', object: application, sides: ['a', 'b'] }]);
  });
});
