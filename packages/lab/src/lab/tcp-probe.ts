import { join } from 'node:path';
import { z } from 'zod';
import type { Lab } from './lab.ts';
import { inNamespace, inNetworkOf } from '../host/namespaces.ts';
import { run } from '../host/run.ts';

const script = `
const [host, port, localAddress] = process.argv.slice(1);
const socket = require('node:net').connect({ host, port: Number(port), localAddress });
const end = (result) => { console.log(JSON.stringify({ result })); process.exit(0); };
socket.setTimeout(3000, () => end('timeout'));
socket.on('connect', () => end('connected'));
socket.on('error', (error) => end(error.code));
`;

/** A network namespace by its name, or by a process in it, and the address there from which to dial. */
export type ProbeSource = ({ readonly namespace: string } | { readonly pid: number }) & { readonly address: string };

/** Opens a TCP connection from inside a namespace: "connected", "timeout" or an error's code. */
export async function probeTcp(
  lab: Lab,
  from: ProbeSource,
  to: { readonly address: string; readonly port: number },
): Promise<string> {
  const node = join(lab.paths.repository, 'packages/tools/run-node');
  const argv = [node, '-e', script, to.address, String(to.port), from.address];
  const command = 'pid' in from ? inNetworkOf(from.pid, argv) : inNamespace(from.namespace, argv);
  return z.object({ result: z.string() }).parse(JSON.parse(await run(command))).result;
}
