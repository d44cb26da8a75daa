import { z } from 'zod';
import { inNamespace } from '../host/namespaces.ts';
import { run } from '../host/run.ts';
import type { Tools } from '../lab/tools.ts';

const answerSchema = z.object({
  nftables: z.array(
    z.looseObject({
      set: z
        .object({
          elem: z
            .array(z.object({ elem: z.object({ val: z.string(), counter: z.object({ packets: z.number() }) }) }))
            .default([]),
        })
        .optional(),
    }),
  ),
});

/** Who has ever opened a connection towards a client, and how often (the counter is there from its first moment on). */
export async function readDialledBy(tools: Tools, namespace: string): Promise<ReadonlyMap<string, number>> {
  const text = await run(
    inNamespace(namespace, [tools.nft, '--json', 'list', 'set', 'ip', 'meshrs_lab', 'dialled_by']),
  );
  const { nftables } = answerSchema.parse(JSON.parse(text));
  return new Map(nftables.flatMap(({ set }) => set?.elem ?? []).map(({ elem }) => [elem.val, elem.counter.packets]));
}
