import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandsOf, labTargets } from './lab-targets.ts';
import { findTool, pins } from './pins.ts';
import { repositoryFolder } from './places.ts';

describe('targets of scripts/lab-tools', () => {
  test.each(labTargets(pins))('%s needs only commands that are pinned', (target) => {
    for (const command of commandsOf([target], pins).commands) expect(findTool(command, pins)).toBeDefined();
  });

  test('all is every target, each command once, and FRR', () => {
    const { commands, needsFrr } = commandsOf(['all'], pins);
    expect(commands).toContain('frr-k8s');
    expect(commands).toHaveLength(new Set(commands).size);
    expect(commands).toContain('kube-apiserver');
    expect(needsFrr).toBe(true);
  });

  test('an unknown one is refused with the list of the known ones', () => {
    expect(() => commandsOf(['kube-apisrver'], pins)).toThrow(
      'target "kube-apisrver" is unknown; there are: all, argocd, ',
    );
  });
});

describe('go.mod of a build', () => {
  const builds = Object.entries(pins.goBuilds).filter(([, build]) => build.source !== undefined);

  test.each(builds.filter(([name]) => name !== 'pause'))(
    '%s requires the version of packages/tools/src/tools.json',
    (_, build) => {
      const lines = readFileSync(join(repositoryFolder, build.source ?? '', 'go.mod'), 'utf8').split('\n');
      const required = lines.map((line) =>
        line
          .trim()
          .replace(/^require /, '')
          .replace(/ \/\/ indirect$/, ''),
      );
      expect(required).toContain(`${build.module} ${build.version}`);
    },
  );
});
