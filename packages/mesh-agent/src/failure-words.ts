import type { EngineFailureCode } from './engine/engine-failure.ts';
import type { AgentFailureCode } from './failure.ts';

/** What a code of a failure means, and what to do. Read by the page of errors alone: a new code is a type error here. */
export interface FailureWords {
  readonly what: string;
  readonly next: string;
}

const itself = 'nothing: it is tried again';

/** Of the world around the agent: files, the Kubernetes API, name servers, and the sidecar that its commands ask. */
export const agentFailureWords: Readonly<Record<AgentFailureCode, FailureWords>> = {
  'address-not-available': {
    what: 'The agent cannot listen on a port of the pod, or on its socket.',
    next: "POD_IP must be the pod's own address; in the host's network another process may have the port",
  },
  'agent-answer-not-understood': {
    what: 'The sidecar gave a command an answer that is not understood.',
    next: 'run the command in the container of that sidecar: both are of one image',
  },
  'agent-not-running': {
    what: 'No sidecar answers the command.',
    next: 'run it in the container of the agent; its log says why none runs there',
  },
  'api-access-missing': {
    what: 'It is not known where the Kubernetes API is, or by what right to ask it.',
    next: 'mount the token of the ServiceAccount as it is generated; outside a cluster set KUBECONFIG',
  },
  'api-answer-not-understood': {
    what: 'The Kubernetes API gave something else than expected.',
    next: 'look what answers at its address; report it with the version of the cluster',
  },
  'api-answer-too-large': {
    what: 'The Kubernetes API gave more than is read.',
    next: 'look at the objects that the message names',
  },
  'api-forbidden': {
    what: 'The Kubernetes API refused for a missing right.',
    next: 'sync the Roles as they are generated; the message names the right',
  },
  'api-gone': { what: 'The Kubernetes API has forgotten where a watch stood.', next: 'nothing: the list is read anew' },
  'api-not-found': { what: 'The Kubernetes API has no such object.', next: 'sync the object that the message names' },
  'api-refused': {
    what: 'The Kubernetes API refused: an admission policy, or another error.',
    next: 'the message says which; what a policy refuses waits for a turn',
  },
  'api-timeout': { what: 'The Kubernetes API did not answer in time.', next: itself },
  'api-unauthorized': {
    what: 'The Kubernetes API does not take the token.',
    next: 'nothing: it is read again; where that does not help, look at the ServiceAccount',
  },
  'api-unreachable': {
    what: 'The Kubernetes API cannot be reached.',
    next: 'look at the network between pod and API, and at NetworkPolicies',
  },
  'dns-answer-not-understood': { what: 'A name server answered with what is no answer.', next: 'look at that server' },
  'dns-name-not-found': {
    what: 'No name server knows the name of the mesh Service.',
    next: 'sync the mesh Service; compare its name with the settings',
  },
  'dns-not-configured': {
    what: 'No name server is named in resolv.conf, or it cannot be read.',
    next: "look at the pod's dnsPolicy",
  },
  'dns-refused': { what: 'The name server refused (REFUSED).', next: 'look at that server' },
  'dns-server-failed': { what: 'The name server failed, or does no such query.', next: 'look at that server' },
  'dns-timeout': { what: 'No name server answered in time.', next: 'look at the cluster DNS, and at NetworkPolicies' },
  'drain-asked-again': {
    what: 'A drain was taken back, and the pod that ends has asked for it again.',
    next: 'nothing: its next pod serves',
  },
  'drain-incomplete': {
    what: 'The engine did not carry the drain out in time.',
    next: 'look why the engine does not answer; the agent goes on trying',
  },
  'drain-not-answered': {
    what: 'No sidecar has said that the drain is done.',
    next: 'look whether it runs; the drain stays asked for, and undrain takes it back',
  },
  'drain-refused': {
    what: 'The drain would take the last session of clients, or nobody knows whether it would.',
    next: 'bring the clients that it names to the other side, or add --force',
  },
  'drain-taken-back': {
    what: 'The drain was taken back before it was done.',
    next: 'ask again when the engine serves',
  },
  'engine-not-supported': {
    what: 'The settings name an engine that the agent does not run.',
    next: 'name one that it runs',
  },
  'file-not-readable': { what: 'A file cannot be read.', next: 'the message names it and says why' },
  'file-not-written': { what: 'A file cannot be written; it is as before.', next: 'the message says where to write' },
  'fleet-refused': {
    what: 'fleet.yml is wrong; the router-ids before it stay in force.',
    next: 'apply the ConfigMap of the fleet as it is generated',
  },
  'folder-not-found': {
    what: 'There is no folder for requests: this is no container of a sidecar.',
    next: "run it in the agent's container of a route server's pod",
  },
  'no-answer-in-time': { what: 'The sidecar, or its engine, gave no answer in time.', next: 'see engine in /status' },
  'router-id-missing': {
    what: 'The settings have no router-id for this pod.',
    next: 'name the pod in the settings; those that are generated do',
  },
  'undrain-not-answered': {
    what: 'The drain is not asked for any more, and nobody has said that the route server serves.',
    next: 'look whether sidecar and engine run; it serves as soon as they do',
  },
};

/** Of the engine; also the label `code` of meshrs_engine_failures_total, but for the two that only /status tells. */
export const engineFailureWords: Readonly<
  Record<EngineFailureCode | 'engine-busy' | 'engine-not-connected' | 'unexpected', FailureWords>
> = {
  aborted: {
    what: 'An operation was given up, because the agent ends, or something newer took its place.',
    next: 'nothing',
  },
  'answer-not-asked-for': {
    what: 'The engine sent what nobody asked for; the connection was closed.',
    next: `${itself}; report it where it comes again`,
  },
  'answer-not-understood': {
    what: 'The engine gave an answer that is not understood.',
    next: 'report it with mesh-agent debug',
  },
  'answer-too-large': {
    what: 'The engine gave more than the agent can hold.',
    next: 'report it with mesh-agent debug',
  },
  'command-rejected': {
    what: 'The engine refused a command; the change that it belongs to was undone.',
    next: 'report it with mesh-agent debug; sessions stay',
  },
  'config-not-written': {
    what: "The engine's configuration file could not be written; what runs is right.",
    next: 'look at the volume: it may be full',
  },
  'engine-busy': {
    what: 'The engine has not answered a look yet.',
    next: 'nothing: its probe restarts one that hangs',
  },
  'engine-lost': {
    what: 'The connection to the engine ended.',
    next: 'see whether it was restarted, and its log of before',
  },
  'engine-not-connected': { what: 'The agent has no connection to the engine.', next: 'see engine.failure in /status' },
  'engine-timeout': { what: 'The engine did not answer in time.', next: 'nothing: its probe restarts one that hangs' },
  'engine-unreachable': { what: 'The engine does not listen at its socket.', next: 'see whether its container runs' },
  'events-not-available': {
    what: 'The engine does not tell of sessions that come and go; it is asked instead.',
    next: itself,
  },
  'intent-not-renderable': {
    what: 'A name in the settings is no word to the engine.',
    next: 'change the name that the message has',
  },
  'undo-rejected': {
    what: 'The engine refused a command, and one that was to undo it.',
    next: 'nothing: the agent connects again, and applies anew',
  },
  unexpected: { what: 'Something failed that should not be able to fail.', next: 'report it with mesh-agent debug' },
};
