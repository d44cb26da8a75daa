import { evictionReasons, pinStandings } from '@meshrs/contract';
import { codeIn, patternOf, readDocument, tableOf } from '@meshrs/test-kit/document-tables';
import { once } from 'node:events';
import net from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearEvictions, listEvictions } from './evictions-command.ts';

let folder: string;
let socket: string;
let server: net.Server;
let answer: object;
let asked = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'meshrs-evictions-'));
  socket = path.join(folder, 'agent.sock');
  server = net.createServer((connection) => {
    connection.once('data', (text) => {
      asked = text.toString();
      connection.end(`${JSON.stringify(answer)}\n`);
    });
  });
  server.listen(socket);
  await once(server, 'listening');
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

const eviction = {
  address: '198.51.100.7',
  group: 'MESHRR-CLIENTS',
  remoteAsn: 64999,
  reason: 'as-not-allowed',
  count: 1,
  since: '2026-11-27T03:00:00.000Z',
  until: '2026-11-27T03:35:00.000Z',
};

async function said(
  command: typeof listEvictions | ((socket: string, to: Parameters<typeof listEvictions>[1]) => Promise<number>),
) {
  const texts: string[] = [];
  const take = (text: string) => texts.push(text);
  expect(await command(socket, { out: take, err: take })).toBe(0);
  return texts.join('');
}

describe('mesh-agent evictions', () => {
  it.each([
    [1, 'first'],
    [2, '2nd'],
    [3, '3rd'],
    [4, '4th'],
    [11, '11th'],
    [12, '12th'],
    [21, '21st'],
    [102, '102nd'],
    [113, '113th'],
  ])('counts evictions in a row as people do: %i', async (count, word) => {
    answer = { ok: true, evictions: [{ ...eviction, count }], held: [], pins: [] };
    expect(await said(listEvictions)).toContain(
      `Evicted until 2026-11-27T03:35:00.000Z, for the ${word} time in a row.\n`,
    );
  });

  const held = { group: 'LEAFS', maximumPrefixes: 50, since: '2026-11-27T03:00:00.000Z' };
  const pin = {
    ...{ group: 'LEAFS', standing: 'held', since: held.since, closedAt: held.since },
    ...{ closedCount: 1, isLeaving: false },
  };
  const at = (index: number) => ({ address: `198.51.100.${String(index)}` });
  it.each([
    [0, 0, 'Nobody is evicted.'],
    [0, 1, 'Nobody is evicted; 1 client is held down:'],
    [0, 5, 'Nobody is evicted; 5 clients are held down:'],
    [1, 0, 'Nobody is evicted; 1 client is pinned:'],
    [2, 3, 'Nobody is evicted; 2 clients are pinned, and 3 held down:'],
  ])('does not deny the list that follows: %i pinned, %i held', async (pinned, heldCount, first) => {
    const pins = Array.from({ length: pinned }, (_, index) => ({ ...pin, ...at(index) }));
    const others = Array.from({ length: heldCount }, (_, index) => ({ ...held, ...at(100 + index) }));
    answer = { ok: true, evictions: [], pins, held: [...pins.map(({ address }) => ({ ...held, address })), ...others] };
    const lines = (await said(listEvictions)).trimEnd().split('\n');
    expect(lines[0]).toBe(first);
    expect(lines).toHaveLength(1 + pinned + heldCount);
  });

  it('clears nobody without an address, and says who there is', async () => {
    answer = { ok: true, evictions: [eviction], held: [], pins: [] };
    const said = { out: '', err: '' };
    const code = await clearEvictions(socket, undefined, {
      out: (text) => (said.out += text),
      err: (text) => (said.err += text),
    });
    expect(code).toBe(2);
    expect(JSON.parse(asked)).toEqual({ kind: 'list-evictions' });
    expect(said.out).toBe('');
    expect(said.err.split('\n')).toEqual([
      'mesh-agent evictions clear: it needs an ADDRESS, or --all for all of them. Nobody was cleared. There are:',
      expect.stringMatching(/^198\.51\.100\.7: AS 64999 is in none of the ranges/),
      '',
    ]);
  });

  it.each([
    ['as-not-allowed', 'its AS is still not allowed'],
    ['router-id-unknown', "its router-id is still no route server's"],
    ['taken-over', 'it still breaks the policy'],
    ['of-a-newer-agent', 'it still breaks the policy'],
  ])('says what a clear does, and nothing of an eviction that is over: %s', async (reason, words) => {
    answer = { ok: true, evictions: [{ ...eviction, reason }], held: [], pins: [] };
    expect(await said((at, to) => clearEvictions(at, 'all', to))).toBe(
      `Cleared: 198.51.100.7 may come again now; it is evicted again if ${words}.\n`,
    );
  });

  it('says what docs/operations.md says that it says, and nothing else', async () => {
    const pins = pinStandings.flatMap((standing) =>
      [true, false].map((isKept) => ({ ...pin, ...at(1), standing, isKept, isLeaving: isKept })),
    );
    // A reason of an older agent is said in its own words.
    const reasons = evictionReasons.filter((reason) => reason !== 'maximum-prefix-exceeded');
    answer = {
      ok: true,
      evictions: reasons.map((reason) => ({ ...eviction, reason, remoteRouterId: '192.0.2.9' })),
      pins,
      held: [{ ...held, ...at(2), name: 'leaf' }],
    };
    const lines = (await said(listEvictions)).trimEnd().split('\n');
    expect(lines).toHaveLength(reasons.length + pins.length + 1);
    const page = readDocument('docs/operations.md');
    const rows = tableOf(page, 'said').flatMap(([cell]) => codeIn(cell));
    const isSaid = (row: string, line: string) => new RegExp(patternOf(row)).test(line);
    expect(rows.filter((row) => !lines.some((line) => isSaid(row, line)))).toEqual([]);
    expect(lines.filter((line) => !rows.some((row) => isSaid(row, line)))).toEqual([]);
  });
});
