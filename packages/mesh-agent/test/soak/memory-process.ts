import { connectInspector } from './inspector.ts';

/*
 * What a Node process holds once its garbage is collected: `node memory-process.ts PORT`, in the network in which that one
 * was started with `--inspect=127.0.0.1:PORT`. Prints one line of JSON.
 */

/** MiB. */
export interface Memory {
  /** What is reachable: the heap, and what of the heap's objects lies outside. */
  readonly live: number;
  readonly resident: number;
}

const mebibyte = 2 ** 20;
const expression = 'JSON.stringify(process.memoryUsage())';

if (import.meta.main) process.stdout.write(`${JSON.stringify(await readMemory(Number(process.argv[2])))}\n`);

async function readMemory(port: number): Promise<Memory> {
  const inspector = await connectInspector(port);
  // What the first collection finalises, the second one takes.
  for (let times = 0; times < 2; times += 1) await inspector.ask('HeapProfiler.collectGarbage');
  const { result } = (await inspector.ask('Runtime.evaluate', { expression })) as { result: { value: string } };
  inspector.close();
  const { heapUsed, external, rss } = JSON.parse(result.value) as NodeJS.MemoryUsage;
  return { live: (heapUsed + external) / mebibyte, resident: rss / mebibyte };
}
