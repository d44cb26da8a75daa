import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pushEdit } from '../../gitops/fleet.ts';
import { assertNone, CheckFailure } from '../check.ts';
import { beginDisturbance, settle, touches } from '../disturbance.ts';
import {
  applicationNames,
  gitopsCheck,
  inSeconds,
  pushed,
  stay,
  waitForApplication,
  waitForCompared,
} from './context.ts';
import { readObjects } from './objects.ts';
import { endOperation } from './operations.ts';
import { evidence } from './roll-out.ts';

/** How long nothing may go without a confirmation. */
const staySeconds = 30;

export const gitopsRemoval = gitopsCheck(
  {
    name: 'gitops-removal',
    title: 'a commit without a side asks for confirmation, and deletes nothing of it before',
    deadlineSeconds: 1200,
  },
  async (context) => {
    const { topology, cluster } = context;
    const { routeServers } = applicationNames(context);
    const side = Object.keys(topology.sides).at(-1);
    if (side === undefined) throw new CheckFailure('The topology has no side.');
    const before = await beginDisturbance(context);
    const all = await readObjects(context);
    const removal = await pushed(
      pushEdit(context.fleet, `without side ${side}`, (root) => {
        const file = join(root, 'overlays', cluster.plan.name, 'kustomization.yaml');
        const text = readFileSync(file, 'utf8');
        const without = text.replace(new RegExp(`^ *- "?${side}"?\\n`, 'm'), '');
        if (without === text) throw new CheckFailure(`${file} does not name ${side}.`);
        writeFileSync(file, without);
      }),
    );
    const asking = await waitForApplication(
      context,
      routeServers,
      'waits for a confirmation',
      ({ operation }) => /confirm/i.test(operation?.message ?? '') && operation?.phase === 'Running',
      600,
    );
    const asksAt = Date.now();
    await stay(context, staySeconds);
    const after = await readObjects(context);
    const missing = [...all.keys()].filter((name) => !after.has(name)).map((name) => `${name} is gone`);
    const vips = Object.values(topology.sides).flatMap((one) => one.vips);
    const felt = touches(before, evidence(context, before, removal.committedAtMs, Date.now()), vips);
    const fix = await pushed(pushEdit(context.fleet, `with side ${side}`, () => undefined));
    // The sync that waits goes on waiting until somebody ends it; then nothing is left to do.
    await endOperation(context, routeServers);
    await waitForCompared(context, routeServers, fix);
    await settle(context);
    assertNone([...felt, ...missing], 'things happened before a confirmation');
    return {
      facts: [
        `asks after ${inSeconds(asksAt - removal.committedAtMs)}: ${asking.operation?.message ?? ''}`,
        `nothing deleted and nothing felt for ${String(staySeconds)} s; with the side committed again and the sync ended by hand all is whole after ${inSeconds(Date.now() - fix.committedAtMs)}`,
      ],
    };
  },
);
