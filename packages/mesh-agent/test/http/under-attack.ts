import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { anyLoopbackAddress } from '@meshrs/test-kit/loopback';
import { createScratch } from '@meshrs/test-kit/scratch';
import { waitFor } from '@meshrs/test-kit/wait';
import * as esbuild from 'esbuild';

/** What the server's process says of itself (serve.ts). */
export interface ServerFacts {
  readonly residentMiB: number;
  readonly files: number;
  readonly cpuMs: number;
  /** How often /status was made, and lines of the log were written. */
  readonly status: number;
  readonly lines: number;
  readonly refused: readonly string[];
}

export interface Stand {
  /** A server in a process of its own, with so many sessions in /status. */
  serve(sessions: number): Promise<{ readonly address: string; readonly facts: () => Promise<ServerFacts> }>;
  /** A process that attacks it; resolves when its connections are under way. */
  attack(options: {
    readonly kind: string;
    readonly address: string;
    readonly port: number;
    readonly connections: number;
    readonly sources: number;
  }): Promise<void>;
  /** Ends the processes. */
  end(): Promise<void>;
  remove(): Promise<void>;
}

/** As in the image (Containerfile): no code is made at run time, which is slower. */
const serverFlags = ['--jitless', '--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=1'];
const serverEnv = { MALLOC_ARENA_MAX: '1', MALLOC_TOP_PAD_: '0', MALLOC_TRIM_THRESHOLD_: '65536' };

/** Bundles, because a Node that makes no code cannot read TypeScript. */
export async function createStand(): Promise<Stand> {
  const scratch = createScratch();
  const program = (name: string) => path.join(scratch.folder, `${name}.cjs`);
  for (const name of ['serve', 'attack']) {
    await esbuild.build({
      entryPoints: [path.join(import.meta.dirname, `${name}.ts`)],
      outfile: program(name),
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node24',
    });
  }
  const running: ChildProcess[] = [];
  const start = (name: string, args: readonly string[], execArgv: readonly string[] = []) => {
    const child = fork(program(name), [...args], { execArgv: [...execArgv], env: { ...process.env, ...serverEnv } });
    running.push(child);
    return child;
  };
  const end = async () => {
    await Promise.all(
      running.splice(0).map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        child.kill('SIGKILL');
        await once(child, 'exit');
      }),
    );
  };

  return {
    serve: async (sessions) => {
      const address = anyLoopbackAddress();
      const child = start('serve', [address, String(sessions)], serverFlags);
      await once(child, 'message');
      return {
        address,
        facts: async () => {
          child.send('facts?');
          const [facts] = (await once(child, 'message')) as [ServerFacts];
          return facts;
        },
      };
    },
    attack: async ({ kind, address, port, connections, sources }) => {
      const child = start('attack', [kind, address, port, connections, sources].map(String));
      let opened = 0;
      child.on('message', (said: { readonly opened: number }) => {
        opened = said.opened;
      });
      await waitFor(
        `the attack ${kind} is under way`,
        () => opened,
        (count) => count >= Math.min(connections, 100),
        60_000,
      );
    },
    end,
    remove: async () => {
      await end();
      scratch.remove();
    },
  };
}
