import { files, folders } from '@meshrs/contract';
import path from 'node:path';

/** Every file and folder that the agent touches. */
export interface AgentPaths {
  readonly settingsFolder: string;
  readonly settings: string;
  readonly fleetFolder: string;
  readonly fleet: string;
  readonly configFolder: string;
  readonly frrConfig: string;
  readonly bgpdSocket: string;
  readonly requestsFolder: string;
  readonly drainRequest: string;
  readonly drainDone: string;
  /** Why the last drain by hand was refused. */
  readonly drainRefused: string;
  readonly agentState: string;
  /** The settings that were last in force in this pod. */
  readonly keptSettings: string;
  /** The unix socket of the sidecar; it lies beside the request files, which no network reaches. */
  readonly agentSocket: string;
  readonly resolvConf: string;
  readonly serviceAccount: string;
  /** What a container leaves there, Kubernetes shows as the reason of its end. */
  readonly terminationLog: string;
}

/** The contract's paths below `root`, which is "/" in a pod and another folder where the agent is tried outside one. */
export function agentPaths(root: string): AgentPaths {
  const at = (absolute: string) => path.join(root, absolute);
  return {
    settingsFolder: at(folders.settings),
    settings: at(files.settings),
    fleetFolder: at(folders.fleet),
    fleet: at(files.fleet),
    configFolder: at(folders.config),
    frrConfig: at(files.frrConfig),
    bgpdSocket: at(files.bgpdSocket),
    requestsFolder: at(folders.requests),
    drainRequest: at(files.drainRequest),
    drainDone: at(files.drainDone),
    agentState: at(files.agentState),
    // The agent's alone, so the contract does not name it.
    drainRefused: path.join(at(folders.requests), 'drain.refused'),
    keptSettings: path.join(at(folders.requests), 'settings-in-force.yml'),
    agentSocket: at(files.agentSocket),
    resolvConf: at('/etc/resolv.conf'),
    // Kubernetes mounts a ServiceAccount's token there (Kubernetes, "Accessing the Kubernetes API from a Pod").
    serviceAccount: at('/var/run/secrets/kubernetes.io/serviceaccount'),
    // The default of terminationMessagePath (Kubernetes, "Determine the Reason for Pod Failure").
    terminationLog: at('/dev/termination-log'),
  };
}
