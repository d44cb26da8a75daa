import { addressSchema, nameRules, nameSchema, patternSchema } from '@meshrs/network';
import { frrVersion } from '@meshrs/contract';
import { z } from 'zod';

const u16 = '(6553[0-5]|655[0-2]\\d|65[0-4]\\d\\d|6[0-4]\\d{3}|[1-5]\\d{4}|[1-9]\\d{0,3}|0)';
const u32 =
  '(429496729[0-5]|42949672[0-8]\\d|4294967[01]\\d\\d|429496[0-6]\\d{3}|42949[0-5]\\d{4}|4294[0-8]\\d{5}|429[0-3]\\d{6}|42[0-8]\\d{7}|4[01]\\d{8}|[1-3]\\d{9}|[1-9]\\d{0,8}|0)';
const octet = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)';

/** A reference to a key of a Kubernetes Secret; the value itself never stands in a topology. */
export const secretReference = (secret: string, key: string) =>
  z
    .strictObject({
      secret: nameSchema(nameRules.kubernetesSubdomain, secret).meta({ description: 'Name of the Kubernetes Secret.' }),
      key: nameSchema(nameRules.kubernetesDataKey, key).meta({ description: 'Key inside the Secret.' }),
    })
    .meta({ example: `{ secret: ${secret}, key: ${key} }`, isSensitive: true });

export const frrImage = `quay.io/frrouting/frr:${frrVersion}`;

/** An image with a tag or a digest; `latest` would let a restart bring another program. */
export const image = patternSchema({
  pattern:
    /^(?=.{1,255}$)([a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:(?!latest(@|$))[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[a-f0-9]{64})?(?<=:[^/]+)$/,
  what: 'an image with a pinned version',
  allowed: 'registry/name:version or registry/name@sha256:…, not :latest, which a restart could replace',
  example: frrImage,
});

/** An https, ssh or git address of a repository. */
export const repository = patternSchema({
  pattern:
    /^(https:\/\/[A-Za-z0-9.-]+(:[0-9]+)?\/[A-Za-z0-9._~/-]+|ssh:\/\/[A-Za-z0-9@.:/~_-]+|git:\/\/[A-Za-z0-9.:/~_-]+|[a-z]+@[A-Za-z0-9.-]+:[A-Za-z0-9._~/-]+)$/,
  what: 'an address of a repository',
  allowed: 'https://host/path, ssh://user@host/path, git://host/path or user@host:path, without a password in it',
  example: 'https://git.example.com/network/meshrs.git',
}).meta({ isSensitive: true });

/** An address that Helm takes: a chart repository, or an OCI registry. */
export const chartRepository = patternSchema({
  pattern: /^(https|oci):\/\/[A-Za-z0-9.-]+(:[0-9]+)?(\/[A-Za-z0-9._~/-]*)?$/,
  what: 'an address of a chart repository',
  allowed: 'https://host/path or oci://host/path',
  example: 'https://metallb.github.io/metallb',
});

/** A declared client's name, or the address of any client; a check tells which of the two it is. */
export const clientReference = patternSchema({
  pattern: /^[A-Za-z0-9:][A-Za-z0-9.:-]{0,62}$/,
  what: 'a client',
  allowed: 'the name of a client under clients, or an address that a client has',
  example: 'dc4-border1',
});

/** A kind of the Kubernetes API with its group; the core group has no name. */
export const customKind = patternSchema({
  pattern:
    /^(?!Secret$|v[0-9])([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*\/)?[A-Z][A-Za-z0-9]{0,62}$/,
  what: 'a kind that custom/ may add',
  allowed: '"group/Kind", or "Kind" for the core group, without a version; never Secret, which stands in no repository',
  example: 'monitoring.coreos.com/PodMonitor',
});

/** Kubernetes quantity, the part of it that resources need (Kubernetes API, "Quantity"). */
export const quantity = (example: string) =>
  patternSchema({
    pattern: /^[1-9][0-9]*(m|Ki|Mi|Gi|Ti)?$|^[0-9]+\.[0-9]+$/,
    what: 'a quantity',
    allowed: 'a Kubernetes quantity in quotes: "500m", "2", "256Mi", "4Gi"',
    example: `"${example}"`,
  });

/** A standard community (RFC 1997) or a large one (RFC 8092), as MetalLB spells them. */
export const community = patternSchema({
  pattern: communityPattern(),
  what: 'a BGP community',
  allowed: '"65000:0", two numbers up to 65535 (RFC 1997), or "large:65000:0:1", three up to 4294967295 (RFC 8092)',
  example: '"65000:0"',
});

const qualifiedName = String.raw`(?=[^/]{1,253}(/|$))([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?`;

/** The key of a label, an annotation or a taint (Kubernetes documentation, "Labels and Selectors"). */
export const labelKey = patternSchema({
  pattern: new RegExp(`^${qualifiedName}$`),
  what: 'a key of Kubernetes',
  allowed:
    'up to 63 letters, digits, "-", "_" and ".", a letter or digit at both ends; before it, if any, a domain in lower case and "/"',
  example: 'example.com/team',
});

/** The value of a label or a taint. */
export const labelValue = patternSchema({
  pattern: /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/,
  what: 'a value of a label',
  allowed:
    'nothing, or up to 63 letters, digits, "-", "_" and ".", a letter or digit at both ends; numbers and true in quotes',
  example: 'network',
});

/** A value that is free text without control characters but tabs and ends of lines; Kubernetes bounds all annotations of an object together, at 256 KiB. */
export const freeText = patternSchema({
  pattern: /^[\t\n\r -\uffff]{0,4096}$/,
  what: 'a text of at most 4096 characters',
  allowed: 'a text of at most 4096 characters; numbers and true in quotes',
  example: 'text',
});

/** The address of NodeLocal DNSCache (Kubernetes documentation, "Using NodeLocal DNSCache"), read by its schema once more. */
export const nodeLocalDns = addressSchema.parse('169.254.20.10');

/** An image without its version, which is somebody else's to choose. */
export const imageRepository = patternSchema({
  pattern:
    /^(?=.{1,255}$)([a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{1,5})?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/,
  what: 'an image without a version',
  allowed: 'registry/name, without a version and without @sha256: the version of the chart decides',
  example: 'mirror.example.com/metallb/speaker',
});

/**
 * A route distinguisher or a route target with an AS of two octets, an IPv4 address or an AS of four octets before the colon
 * (RFC 4364 section 4.2, RFC 4360 section 3, RFC 5668).
 */
const extendedNumber = (what: string, example: string) =>
  patternSchema({
    pattern: new RegExp(`^(${u16}:${u32}|${u32}:${u16}|(${octet}\\.){3}${octet}:${u16})$`),
    what,
    allowed:
      '"65000:1" (AS of two octets and a number up to 4294967295), "4259840001:1" or "192.168.1.3:1" (and one up to 65535)',
    example,
  });

export const routeDistinguisher = extendedNumber('a route distinguisher', '"192.168.1.3:100"');
export const routeTarget = extendedNumber('a route target', '"65000:100"');

export const sideName = nameSchema(nameRules.kubernetesLabel, 'a');
export const clusterName = nameSchema(nameRules.kubernetesLabel, 'dci');
export const hostNameValue = nameSchema(nameRules.hostName, 'dc1-leaf1');

function communityPattern(): RegExp {
  return new RegExp(`^(${u16}:${u16}|large:${u32}:${u32}:${u32})$`);
}
