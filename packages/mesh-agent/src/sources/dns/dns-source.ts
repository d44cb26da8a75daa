import { readFile } from 'node:fs/promises';
import type { SourceReading } from '@meshrs/mesh';
import { AgentFailure, describeFailure } from '../../failure.ts';
import { createPause, hasAborted } from '../../async/pause.ts';
import type { PeerSource } from '../source.ts';
import { lookUp, type DnsAnswer } from './look-up.ts';
import { parseResolvConf } from './resolv-conf.ts';

export interface DnsSourceOptions {
  readonly hostname: string;
  readonly resolvConf: string;
  /** The longest time between two looks; a shorter time to live shortens it, down to a second. */
  readonly updateSeconds: number;
}

/** The addresses of a name, looked up again when they expire; resolv.conf is read at each look. */
export function createDnsSource({ hostname, resolvConf, updateSeconds }: DnsSourceOptions): PeerSource {
  const pause = createPause();
  return {
    description: `dns ${hostname}`,
    lookAgain: () => {
      pause.wake();
    },
    run: async (onLook, signal) => {
      let failuresInARow = 0;
      while (!signal.aborted) {
        let seconds: number;
        try {
          const answer = await look(signal);
          onLook(toLook(answer));
          seconds = nextLookSeconds(answer.ttlSeconds, updateSeconds);
          failuresInARow = 0;
        } catch (failure) {
          if (hasAborted(signal)) return;
          const { code, message } = describeFailure(failure);
          onLook({ kind: 'failure', code, message });
          seconds = nextLookSeconds(2 ** failuresInARow, updateSeconds);
          failuresInARow += 1;
        }
        await pause.wait(seconds * 1000, signal);
      }
    },
  };

  async function look(signal: AbortSignal): Promise<DnsAnswer> {
    let text: string;
    try {
      text = await readFile(resolvConf, 'utf8');
    } catch (cause) {
      throw new AgentFailure(`${resolvConf} cannot be read; Kubernetes writes it by the pod's dnsPolicy.`, {
        code: 'dns-not-configured',
        operation: `read ${resolvConf}`,
        retryable: true,
        cause,
      });
    }
    return await lookUp(hostname, parseResolvConf(text), signal);
  }
}

function toLook({ addresses, notUnderstood, unheard }: DnsAnswer): SourceReading {
  const answer = { kind: 'answer', addresses, isCertain: false, notUnderstood } as const;
  if (!unheard) return answer;
  const { family, failure } = unheard;
  return { ...answer, unheard: [{ family, code: failure.code, message: failure.message }] };
}

/** How long a look is good for: the records' time to live, between a second and the longest time. */
export function nextLookSeconds(ttlSeconds: number | undefined, updateSeconds: number): number {
  const longest = Math.max(1, updateSeconds);
  return ttlSeconds === undefined ? longest : Math.min(Math.max(ttlSeconds, 1), longest);
}
