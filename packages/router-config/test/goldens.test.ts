import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cases, casesFolder, readCase } from './read-case.ts';
import { renderableEngines, renderRouteServer } from '../src/route-server/render-route-server.ts';

/** `UPDATE_GOLDENS=1 vitest run packages/router-config` writes the files anew; read the diff line by line. */
const fileNames = { frr: 'frr.conf' } as const satisfies Record<(typeof renderableEngines)[number], string>;

describe.each(cases)('route server %s', (name) => {
  it.each(renderableEngines)('renders the expected file of %s', async (engine) => {
    const text = renderRouteServer(readCase(name), engine);

    await expect(text).toMatchFileSnapshot(join(casesFolder, name, 'expected', fileNames[engine]));
  });

  it('holds no file that no engine renders', () => {
    expect(readdirSync(join(casesFolder, name)).sort()).toEqual(['expected', 'meshrr.conf.yml']);
    expect(readdirSync(join(casesFolder, name, 'expected')).sort()).toEqual(Object.values(fileNames).sort());
  });
});
