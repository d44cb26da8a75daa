import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderSpeaker } from '@meshrs/router-config/frr/speaker';
import { prepareBgpd, type Bgpd } from '@meshrs/test-kit/bgpd';
import { commandsOf, complaintsOf } from '@meshrs/test-kit/frr-text';
import { startNamespace, type NetworkNamespace } from '@meshrs/test-kit/namespace';
import { createScratch } from '@meshrs/test-kit/scratch';
import { askInTurn } from '@meshrs/test-kit/vty';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dciInstances } from './dci.test-data.ts';

const scratch = createScratch();
const texts = dciInstances(scratch.folder).map(({ name, config }) => [name, renderSpeaker(config)] as const);

let namespace: NetworkNamespace;
beforeAll(async () => {
  namespace = await startNamespace();
});
afterAll(async () => {
  await namespace.end();
  scratch.remove();
});

it.each(texts)('what %s is told is taken by bgpd to the last line, and runs', async (name, text) => {
  const { complaints, running } = await runBgpd(name, text);

  expect(complaints).toEqual([]);
  expect(commandsOf(running).filter(isTold)).toEqual(commandsOf(text).filter(isShown));
});

/** bgpd takes it and shows it to nobody. */
function isShown(command: string): boolean {
  return !command.startsWith('log timestamp precision ');
}

/** bgpd 10.7.1 shows this one when the profile is `datacenter`, of which it is a default. */
function isTold(command: string): boolean {
  return !command.endsWith(' | use-underlays-nexthop-weight');
}

it.each([
  ['a word that is none', '  maximum-paths 16', '  maximum-pathss 16'],
  ['a family that is not there', ' address-family ipv4 unicast', ' address-family ipv4 anycast'],
  ['a line that bgpd does not show', 'log timestamp precision 6', 'log timestamp precisions 6'],
])('the check refuses %s', async (name, right, wrong) => {
  const text = new Map(texts).get('core') ?? '';
  const broken = text.replace(right, wrong);
  expect(broken).not.toBe(text);

  const { complaints } = await runBgpd(name.replaceAll(' ', '-'), broken);

  expect(complaints).not.toEqual([]);
});

async function runBgpd(name: string, text: string) {
  const bgpd: Bgpd = prepareBgpd(join(scratch.folder, name), '127.0.0.1', namespace);
  writeFileSync(bgpd.configFile, text);
  await bgpd.start();
  try {
    const answers = await askInTurn(bgpd.socketPath, ['enable', 'show running-config']);
    return { running: answers[1]?.text ?? '', complaints: complaintsOf(bgpd.output()) };
  } finally {
    await bgpd.kill();
  }
}
