import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { junitCounts, vitestCounts, type Suite } from './suite.ts';

/** What MetalLB's backend, or a second route server behind a VIP, could change; the rest is the first lab's. */
const underAnotherMetallb = [
  ...[
    'api-accepts',
    'metallb-accepts',
    'vip-placement',
    'vip-communities',
    'true-addresses',
    'mesh-full',
    'both-sides',
  ],
  ...['routes-through-one', 'routes-through-two', 'multihop', 'graceful-delete', 'pod-killed'],
];

/** What Argo CD does; the rest is the first lab's. The last five take 13 minutes, most of them waiting for times to run out. */
const withArgoCd = [
  ...['gitops-first-install', 'gitops-image', 'gitops-settings', 'gitops-again', 'gitops-drift'],
  ...['gitops-removal', 'gitops-bad-commits', 'gitops-agent-absent', 'gitops-side-stays', 'gitops-gate-refuses'],
];

/** What `./scripts/test lab` runs besides: labs from beginning to end, then what is left when one is ended rudely. */
export function labSuites(repository: string, scratch: string): Suite[] {
  const vitest = join(repository, 'node_modules/.bin/vitest');
  const live = join(scratch, 'live.json');
  return [
    ...oneLab(repository, scratch, { name: 'test', title: 'lab', up: ['dci'], minutes: 12 }),
    ...oneLab(repository, scratch, {
      name: 'test-frr',
      title: "lab with MetalLB's FRR",
      up: ['packages/lab/test/topologies/two-behind.yaml', '--metallb', 'frr-k8s'],
      checks: underAnotherMetallb,
      minutes: 10,
    }),
    ...oneLab(repository, scratch, {
      name: 'test-argo',
      title: 'lab with Argo CD',
      up: ['dci', '--gitops'],
      checks: withArgoCd,
      minutes: 32,
    }),
    {
      name: 'lab taken down',
      command: vitest,
      args: [
        ...['run', '--config', 'packages/lab/vitest.live.config.ts'],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${live}`],
      ],
      count: () => vitestCounts(live),
      minutes: 8,
    },
  ];
}

interface LabToTest {
  readonly name: string;
  readonly title: string;
  /** Arguments of `lab up`. */
  readonly up: readonly string[];
  /** Names of checks; none: all of them. */
  readonly checks?: readonly string[];
  readonly minutes: number;
}

/** Brings a lab up, tests it and takes it down; one that an interrupted run left is taken down before. */
function oneLab(repository: string, scratch: string, { name, title, up, checks = [], minutes }: LabToTest): Suite[] {
  const command = join(repository, 'scripts/meshrs');
  const report = join(scratch, `${name}.xml`);
  const diagnose = (): void => {
    printLogs(join(repository, '.lab/failed', name));
  };
  return [
    { name: `${title}: nothing is there`, command, args: ['lab', 'down', name] },
    { name: `${title}: up`, command, args: ['lab', 'up', ...up, '--name', name], diagnose, minutes },
    {
      name: title,
      command,
      args: ['lab', 'test', name, ...checks, '--junit', report],
      count: () => junitCounts(report),
      needs: `${title}: up`,
      diagnose,
    },
    // One that did not come up has taken itself down, and its logs are kept until the next one.
    { name: `${title}: down`, command, args: ['lab', 'down', name], needs: `${title}: up` },
  ];
}

/** The ends of the logs that a lab has kept: where only this output is kept, they are all there is. */
function printLogs(folder: string): void {
  for (const file of globSync(['*.txt', '*.log', 'pods/**/*.log'], { cwd: folder }).sort()) {
    const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    const last = lines.slice(file.endsWith('.txt') ? -30 : -4).map((line) => `    ${line.slice(0, 300)}\n`);
    process.stdout.write(`--- ${file}\n${last.join('')}`);
  }
}
