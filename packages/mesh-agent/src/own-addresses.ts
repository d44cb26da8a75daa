import { parsePrintedAddress, type IpAddress } from '@meshrs/network';
import { networkInterfaces } from 'node:os';

/**
 * The addresses of this pod: the one that Kubernetes gives first, then every other of its interfaces, because a pod with
 * two families, or in the host's network, is published by more than one. Loopback addresses do not count, unless
 * Kubernetes gives one, as nobody else can be meant by them.
 */
export function ownAddresses(podIp: IpAddress): readonly IpAddress[] {
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal }) => !internal)
    .flatMap(({ address }) => parsePrintedAddress(address.replace(/%.*$/, '')) ?? []);
  return [...new Set([podIp, ...others])];
}

/**
 * Where kubelet's port-forward to the pod of this address arrives: at the loopback address inside of it (Kubernetes CRI,
 * PortForward). Undefined where Kubernetes gives a loopback address, as tests do: that is no pod of its own.
 */
export function insideAddress(podIp: IpAddress): string | undefined {
  return podIp === '::1' || podIp.startsWith('127.') ? undefined : '127.0.0.1';
}
