import { inNamespace } from './namespaces.ts';
import { run } from './run.ts';

/**
 * Makes a namespace a router; with `rp_filter` 2, since a reply may leave by another link than the question came by.
 */
export async function makeForwarding(namespace: string): Promise<void> {
  // /proc/sys/net is that of the namespace of whoever opens it.
  const settings = ['echo 1 >ip_forward', 'echo 2 >conf/all/rp_filter', 'echo 2 >conf/default/rp_filter'];
  await run(inNamespace(namespace, ['sh', '-ec', ['cd /proc/sys/net/ipv4', ...settings].join('; ')]));
}
