/** A rule for names: what it takes, in words for a message, and the limit's source. */
export interface NameRule {
  readonly pattern: RegExp;
  readonly maximumLength: number;
  readonly allowed: string;
}

/** Names of most Kubernetes objects used here; RFC 1123 label, so that the name can also be a label's value. */
export const kubernetesLabel: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
  maximumLength: 63,
  allowed: 'lower-case letters, digits and "-", at most 63, not "-" at an end (RFC 1123 label, Kubernetes)',
};

/** Names of Services: as above, and a letter first (RFC 1035 label; Kubernetes v1 Service). */
export const kubernetesService: NameRule = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maximumLength: 63,
  allowed:
    'lower-case letters, digits and "-", at most 63, a letter first, not "-" last (RFC 1035 label, Kubernetes Service)',
};

/** Names of StatefulSets: pods carry the name plus a hash of 11 characters in the label controller-revision-hash. */
export const kubernetesStatefulSet: NameRule = {
  pattern: /^[a-z]([a-z0-9-]*[a-z0-9])?$/,
  maximumLength: 52,
  allowed:
    'lower-case letters, digits and "-", at most 52, a letter first, not "-" last (StatefulSet: the pods\' revision label adds 11)',
};

/** Names of nodes and Secrets: RFC 1123 subdomain. */
export const kubernetesSubdomain: NameRule = {
  pattern: /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
  maximumLength: 253,
  allowed: 'lower-case letters, digits, "-" and ".", at most 253 (RFC 1123 subdomain, Kubernetes)',
};

/** Keys of a Secret or ConfigMap (Kubernetes v1 Secret, `data`). */
export const kubernetesDataKey: NameRule = {
  pattern: /^[-._a-zA-Z0-9]+$/,
  maximumLength: 253,
  allowed: 'letters, digits, "-", "_" and ".", at most 253 (Kubernetes Secret key)',
};

/** Names of peer groups that Junos, IOS-XR, EOS, NX-OS and FRR all take without quotes. */
export const peerGroup: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]*$/,
  maximumLength: 55,
  allowed:
    'letters, digits, "-" and "_", a letter first, at most 55 (a peer group of Junos, IOS-XR, EOS, NX-OS and FRR)',
};

/** Host names of routers and clients, used in names of files and neighbor descriptions. */
export const hostName: NameRule = {
  pattern: /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$/,
  maximumLength: 63,
  allowed: 'letters, digits and "-", at most 63, not "-" at an end (host name, RFC 1123)',
};

/** VRF names; how long one may be is its system's own. */
export const vrf: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9_-]*$/,
  maximumLength: 128,
  allowed:
    'letters, digits, "-" and "_", a letter first, at most 128, or what its system takes (15 on Linux, where it is an interface)',
};

/** A peer group of BGP, a process of OSPF or an instance of IS-IS. */
export const underlay: NameRule = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  maximumLength: 55,
  allowed: 'letters, digits, "-" and "_", at most 55: the name of a peer group or an instance, the number of a process',
};

/** Interface names of routers: a port, a bundle or a loopback, with slot, channel and unit. */
export const routerPort: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9-]*(\/[0-9]+)*([:.][0-9]+)*$/,
  maximumLength: 63,
  allowed: 'an interface as the router spells it without blanks: ge-0/0/2, GigabitEthernet0/0/0/2, Ethernet1/2, eth1',
};

/** Interface names of Linux: IFNAMSIZ is 16 with the final zero byte. */
export const linuxInterface: NameRule = {
  pattern: /^[A-Za-z][A-Za-z0-9_.-]*$/,
  maximumLength: 15,
  allowed: 'a Linux interface: letters, digits, ".", "-" and "_", at most 15 (IFNAMSIZ)',
};

export function isName(text: string, rule: NameRule): boolean {
  return text.length <= rule.maximumLength && rule.pattern.test(text);
}
