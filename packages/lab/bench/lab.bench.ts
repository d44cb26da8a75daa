import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { milliseconds, type Benchmark } from '@meshrs/bench';
import { routeServersOf } from '@meshrs/topology';
import { timeKilledPod } from '../src/checks/hard-failures.ts';
import { openLab, type OpenLab } from '../src/open-lab/open-lab.ts';
import { memoryOfPart, parts } from './memory.ts';
import { startHandMade, timeNewPod, type HandMade } from './mesh.ts';

const repository = join(import.meta.dirname, '../../..');
const name = 'bench';
const twoBehind = 'packages/lab/test/topologies/two-behind.yaml';

let open: OpenLab | undefined;
let handMade: HandMade | undefined;

export const benchmarks: readonly Benchmark[] = [
  {
    name: '`meshrs lab up dci`, whole command, tools and images there',
    unit: 's',
    wanted: '60 s or less',
    runs: 3,
    sample: async () => {
      down();
      return (
        (await milliseconds(() => {
          meshrs('up', 'dci', '--name', name);
        })) / 1000
      );
    },
  },
  ...parts.map((part): Benchmark => ({
    name: `memory: ${part.title}`,
    unit: 'MiB',
    runs: 3,
    sample: async () => memoryOfPart(await lab(), part),
  })),
  {
    name: "a new route server's pod: from Ready to the full mesh (below zero: it was Ready later)",
    unit: 's',
    runs: 5,
    sample: async () => (await newPod()).sinceReady,
  },
  {
    name: "a new route server's pod: from the start of its engine to the full mesh",
    unit: 's',
    runs: 5,
    sample: async () => (await newPod()).sinceStart,
  },
  { name: 'FRR configured by hand: from its start to its session', unit: 's', runs: 5, sample: byHand },
  {
    name: 'Ready to full mesh, against FRR configured by hand, run by run',
    unit: 'x',
    wanted: '1.1 x or less',
    runs: 5,
    sample: async () => Math.max(0, (await newPod()).sinceReady) / (await byHand()),
  },
  ...outages('one behind the VIP', 'b'),
  {
    name: '`meshrs lab up` of two behind a VIP, MetalLB with FRR',
    unit: 's',
    runs: 1,
    sample: async () => {
      await handMade?.end();
      [open, handMade] = [undefined, undefined];
      down();
      return (
        (await milliseconds(() => {
          meshrs('up', twoBehind, '--name', name, '--metallb', 'frr-k8s');
        })) / 1000
      );
    },
  },
  ...outages('two behind the VIP, MetalLB with FRR', 'a'),
  ...outages('one behind the VIP, MetalLB with FRR', 'b', down),
];

/** What a client and the core see of a side whose first pod is killed. */
function outages(title: string, side: string, tearDown?: () => void): Benchmark[] {
  const sample = async (of: 'withdrawn' | 'longest'): Promise<number> => {
    const context = { ...(await lab()), signal: AbortSignal.timeout(240_000) };
    const routeServer = routeServersOf(context.topology).find((one) => one.side === side);
    if (!routeServer) throw new RangeError(`There is no route server of side ${side}.`);
    const { withdrawnAfterMs = 0, outagesMs } = await timeKilledPod(context, routeServer);
    return (of === 'withdrawn' ? withdrawnAfterMs : Math.max(0, ...outagesMs)) / 1000;
  };
  return [
    {
      name: `a killed pod, ${title}: until the core has no way to it (0: it kept one)`,
      unit: 's',
      runs: 3,
      sample: () => sample('withdrawn'),
    },
    {
      name: `a killed pod, ${title}: the longest outage of a client on that side (0: none)`,
      unit: 's',
      runs: 3,
      sample: () => sample('longest'),
      ...(tearDown && { tearDown }),
    },
  ];
}

async function newPod(): ReturnType<typeof timeNewPod> {
  const open = await lab();
  const routeServer = routeServersOf(open.topology).find(({ name }) => name === 'routeserver-b-0');
  if (!routeServer) throw new RangeError('There is no route server routeserver-b-0.');
  const times = await timeNewPod(open, routeServer);
  // Clients and routes come back, so that each sample begins alike.
  await sleep(15_000);
  return times;
}

async function byHand(): Promise<number> {
  handMade ??= await startHandMade(await lab());
  return handMade.restart();
}

async function lab(): Promise<OpenLab> {
  open ??= await openLab(repository, name, process.env);
  return open;
}

function meshrs(...args: readonly string[]): void {
  execFileSync(join(repository, 'scripts/meshrs'), ['lab', ...args], { cwd: repository, stdio: 'ignore' });
}

function down(): void {
  meshrs('down', name);
}
