import { writeFile } from 'node:fs/promises';

/** kubelet takes no more (Kubernetes, "Determine the Reason for Pod Failure"). */
const largestMessageBytes = 4096;

/**
 * Leaves the last word of a container where the kubelet reads it: Argo CD shows it as the reason why the sync failed.
 * What is too long loses its end.
 */
export async function writeTerminationMessage(file: string, message: string): Promise<void> {
  await writeFile(file, shorten(message));
}

export function shorten(message: string): string {
  if (Buffer.byteLength(message) <= largestMessageBytes) return message;
  const mark = ' …';
  const kept = Buffer.from(message).subarray(0, largestMessageBytes - Buffer.byteLength(mark));
  // A character that was cut in two is left out.
  return `${new TextDecoder().decode(kept, { stream: true })}${mark}`;
}
