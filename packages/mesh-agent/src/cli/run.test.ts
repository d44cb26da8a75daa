import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { drainRequestText } from '@meshrs/contract';
import { eventually } from '@meshrs/test-kit/wait';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startDeafSidecar } from '../../test/deaf-sidecar.ts';
import { createPodFolder, type PodFolder } from '../../test/pod-folder.ts';
import { settingsText, staticSource } from '../../test/settings-text.ts';
import { supportedEngines, supportOf } from '../engines.ts';
import { run } from './run.ts';
import { commands } from './usage.ts';

const settings = settingsText({ source: staticSource('203.0.113.1') });
const environment = { POD_IP: '127.0.0.1', POD_NAME: 'rs-a-0', POD_NAMESPACE: 'meshrr' };

let pod: PodFolder;
beforeEach(async () => {
  pod = await createPodFolder(settings);
});
afterEach(() => pod.remove());

async function runAgent(
  args: readonly string[],
  env: Readonly<Record<string, string>> = environment,
  stopSignal = new Promise<void>(() => undefined),
) {
  const said = { out: '', err: '' };
  const code = await run({
    version: '0.1.0-test',
    args: args[0] === 'gate' ? args : ['--root', pod.root, ...args],
    env,
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    isTerminal: () => true,
    outBytes: (bytes) => {
      said.out += Buffer.from(bytes).toString('latin1');
    },
    openLog: () => ({
      write: (line) => {
        said.out += line;
      },
      droppedCount: () => 0,
      onRecovered: () => undefined,
      flush: () => undefined,
    }),
    stopSignal,
    supportOf,
    supportedEngines,
  });
  return { code, ...said };
}

describe('mesh-agent', () => {
  it.each([
    ['--version', '0.1.0-test\n'],
    ['--help', 'Environment: POD_NAME'],
    ['drain --help', '--by WHO'],
    ['gate --help', '--let-through ADDRESS'],
    ['help', 'Environment: POD_NAME'],
    ['help drain', '--by WHO'],
  ])('%s says what is asked, on its output, and succeeds', async (line, words) => {
    const { code, out, err } = await runAgent(line.split(' '), {});
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(words);
  });

  it.each(commands)('%s --help explains its options and exit codes', async (name) => {
    const { code, out, err } = await runAgent([name, '--help'], {});
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(new RegExp(`^mesh-agent ${name}[^]*--root DIR[^]*Exit code: 0 `));
  });

  it('init succeeds with the configuration written', async () => {
    const { code, out, err } = await runAgent(['init']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`Initializing pod\nWrote ${pod.paths.frrConfig} for rs-a-0, router-id 192.0.2.101.\n`);
    expect(await readFile(pod.paths.frrConfig, 'utf8')).toContain('neighbor 203.0.113.1 ');
  });
});

describe('mesh-agent fails, and says why on its error output,', () => {
  async function failure(args: readonly string[], env?: Readonly<Record<string, string>>, as = 1) {
    const { code, err } = await runAgent(args, env);
    expect(code).toBe(as);
    return err;
  }

  it('for a command line that is wrong, with an exit code of its own', async () => {
    expect(await failure(['sidecra'], {}, 2)).toContain('Did you mean sidecar?');
    expect(await failure([], {}, 2)).toContain('--help');
    expect(await failure(['gate', '--nxt', 'b'], {}, 2)).toContain('There is no option --nxt');
    expect(await failure(['drain', '--bye'], {}, 2)).toContain('Did you mean --by?');
    expect(await failure(['debug'], {}, 2)).toContain('the output is a terminal');
  });

  it('for a clear of nobody, also where there is nobody to be asked', async () => {
    expect(await failure(['evictions', 'clear'], {}, 2)).toMatch(
      /it needs an ADDRESS, or --all for all of them\. Nobody was cleared\. There are:\n\(not known: The sidecar does not answer/,
    );
  });

  it.each(['init', 'sidecar'])('for an environment that is wrong: %s', async (command) => {
    const err = await failure([command], { POD_IP: 'here' });
    expect(err).toContain('environment variable POD_IP');
    expect(err).toContain('environment variable POD_NAME');
  });

  it.each(['init', 'sidecar'])('for settings that are wrong: %s', async (command) => {
    await pod.writeSettings('asn: "65000"\nmode: evpnrs\nbgpgroups: none\n');
    expect(await failure([command])).toContain('meshrr.conf.yml:3:12');
  });

  it.each([
    ['wrong', 'asn: "65000"\nmode: evpnrs\nbgpgroups: none\n', {}, 'meshrr.conf.yml:3:12'],
    ['not for this pod', settings, { POD_NAME: 'rs-z-0' }, ' router-id-missing at routerIds'],
    ['for no pod that is named, and wrong', 'asn: 1\n', { POD_NAME: '' }, 'meshrr.conf.yml:1:6'],
  ])('for an environment and settings that are wrong, in one run: %s', async (_what, text, env, words) => {
    await pod.writeSettings(text);
    for (const command of ['init', 'sidecar']) {
      const err = await failure([command], { ...environment, UPDATE_SECONDS: 'soon', ...env });
      expect(err).toContain('environment variable UPDATE_SECONDS');
      expect(err).toContain(words);
    }
  });

  it('for an environment that is wrong, and settings that are not there', async () => {
    await rm(pod.paths.settings);
    const err = await failure(['init'], { ...environment, POD_IP: 'here' });
    expect(err).toContain('environment variable POD_IP');
    expect(err).toContain('file-not-readable: The settings file ');
  });

  it.each(['init', 'sidecar'])('for settings that are not there: %s', async (command) => {
    await rm(pod.paths.settings);
    expect(await failure([command])).toContain(`mesh-agent --root ${pod.root} ${command}: file-not-readable: `);
  });

  it.each(['init', 'sidecar'])('for a pod that has no router-id: %s', async (command) => {
    expect(await failure([command], { ...environment, POD_NAME: 'rs-z-0' })).toMatch(
      /meshrr\.conf\.yml:5:3: error router-id-missing at routerIds\n.*rs-z-0/,
    );
  });

  it.each(['init', 'sidecar'])('for an engine that it does not run: %s', async (command) => {
    await pod.writeSettings(settings.replace('engine: frr', 'engine: crpd'));
    expect(await failure([command])).toMatch(/meshrr\.conf\.yml:3:9: error engine-not-supported at engine\n/);
    await pod.writeSettings(settings.replace('engine: frr\n', ''));
    expect(await failure([command])).toContain('engine is left out, which means crpd, and this pod runs frr.');
    expect(await failure([command])).toContain('do:      write engine: frr\n');
  });

  it('for a configuration that cannot be written', async () => {
    await mkdir(`${pod.paths.frrConfig}/in-use`, { recursive: true });
    expect(await failure(['init'])).toContain(': file-not-written: ');
  });

  it('for a sidecar that is not there to be asked', async () => {
    expect(await failure(['evictions', 'list'])).toContain(': agent-not-running: ');
    expect(await failure(['drain'])).toContain(': agent-not-running: ');
  });

  describe('when it is asked to end', () => {
    const words = (command: string, goesOn: string) =>
      `mesh-agent ${command}: asked to end before it was done. ${goesOn}\n`;
    let endDeaf: () => Promise<void>;
    beforeEach(async () => {
      endDeaf = await startDeafSidecar(pod.paths.agentSocket);
    });
    afterEach(() => endDeaf());

    it('says that what it asked for goes on', async () => {
      const asked = eventually(() => existsSync(pod.paths.drainRequest), Boolean).then(() => undefined);
      const { code, err } = await runAgent(['drain'], environment, asked);
      expect(code).toBe(1);
      expect(err).toBe(
        words(
          'drain',
          'The drain that mesh-agent drain asked for is still asked for, and goes on; "mesh-agent undrain" takes it back.',
        ),
      );
      expect(existsSync(pod.paths.drainRequest)).toBe(true);
    });

    it('does not say that a drain can be taken back which the end of the pod asks for', async () => {
      await writeFile(pod.paths.drainRequest, `${drainRequestText({ cause: 'pre-stop', by: 'rs-a-0' })}\n`);
      const { err } = await runAgent(['drain'], environment, Promise.resolve());
      expect(err).toBe(
        words('drain', 'The drain that rs-a-0 asked for goes on: its pod ends, and nothing takes that back.'),
      );
    });

    it('says that nothing is asked for where it had not asked yet', async () => {
      expect((await runAgent(['drain'], environment, Promise.resolve())).err).toBe(
        words('drain', 'No drain is asked for now.'),
      );
    });

    it.each([
      [undefined, 'No drain is asked for; where one was, the sidecar takes it back as soon as its engine answers.'],
      ['rs-a-0', 'The drain that rs-a-0 asked for is still asked for, and goes on.'],
    ])('says whether a drain is asked for that it was to take back (by %s)', async (by, goesOn) => {
      await writeFile(pod.paths.drainRequest, `${drainRequestText({ cause: 'command', by: 'somebody' })}\n`);
      const taken = eventually(() => !existsSync(pod.paths.drainRequest), Boolean);
      const again = taken.then(async () => {
        if (by !== undefined)
          await writeFile(pod.paths.drainRequest, `${drainRequestText({ cause: 'pre-stop', by })}\n`);
      });
      expect((await runAgent(['undrain'], environment, again)).err).toBe(words('undrain', goesOn));
    });
  });
});
