/** The words that can come first. */
export const commands = [
  'init',
  'sidecar',
  'drain',
  'undrain',
  'evictions',
  'log-level',
  'debug',
  'gate',
  'removal-gate',
  'close-turn',
] as const;
export type CommandName = (typeof commands)[number];

const root = '  --root DIR    put this folder before every path, to try the agent outside a pod (default /)\n';
const exitCodes = 'Exit code: 0 done; 1 refused or failed; 2 the command line is wrong. The error output says why.\n';

export const usage = `mesh-agent: keeps a route server's iBGP mesh right, beside its routing engine.

  mesh-agent init                       write the engine's configuration, once, before the engine starts
  mesh-agent sidecar                    keep it right until SIGTERM; a restart of the agent changes nothing
  mesh-agent drain [--by WHO] [--force] take the route server down gently, and wait until it is done
  mesh-agent undrain                    take a drain back, and wait until the route server serves
  mesh-agent evictions list             show who is kept out, why and until when
  mesh-agent evictions clear ADDRESS    let one address come back now; with --all in its place all of them
  mesh-agent log-level [LEVEL]          show or set what the sidecar logs: debug, info, warn, error; until it restarts
  mesh-agent debug [FILE]               write what the sidecar knows, without a secret, as one archive (tar, gzip)
  mesh-agent gate --next SIDE …         wait until SIDE may be touched: every client of it is kept by another side
  mesh-agent removal-gate --side … …    wait until what no commit names any more may be deleted
  mesh-agent close-turn --turn NAME …   close a turn that a gate opened, at the end of a sync
  mesh-agent help [COMMAND]             explain the options and exit codes of a command; so does COMMAND --help
  mesh-agent --version | --help

${root}
Environment: POD_NAME, POD_IP, POD_NAMESPACE, UPDATE_SECONDS; KUBECONFIG outside a cluster.
${exitCodes}`;

const starting = `
${root}
Environment: POD_NAME (a key of routerIds in the settings), POD_IP, POD_NAMESPACE, UPDATE_SECONDS (default 30);
KUBECONFIG outside a cluster.
`;

/** What `mesh-agent COMMAND --help` prints. */
export const commandUsages: Readonly<Record<CommandName, string>> = {
  init: `mesh-agent init: writes the engine's configuration, once, before the engine starts.
${starting}Exit code: 0 written; 1 the environment or the settings are wrong, and all that is wrong is told; 2 the command
line is wrong.
`,
  sidecar: `mesh-agent sidecar: keeps the route server right until SIGTERM; a restart of the agent changes nothing.
${starting}Exit code: 0 asked to end; 1 the environment is wrong, or the settings are and none of before are kept; 2 the
command line is wrong.
`,
  drain: `mesh-agent drain: takes the route server down gently (GRACEFUL_SHUTDOWN, then Cease), and waits until it is done.

  --by WHO      who asks: shown in /status, the log and the answer (default "mesh-agent drain")
  --force       also where clients have no session with another side: says whom it took; is kept with who asked
${root}
It asks the other sides' agents first, and is refused where a client of this route server has no session with another
side that stays, or where that is not known. Run it in the container of the sidecar. A drain lasts until "mesh-agent undrain", or until the engine starts again.
Exit code: 0 drained; 1 refused, not drained, not in order, or nobody has answered in time: the error output says which, and
whether it is still asked for; 2 the command line is wrong.
`,
  undrain: `mesh-agent undrain: takes a drain back, and waits up to 30 s until the route server serves.

${root}
Run it in the container of the sidecar. The drain of a pod that ends is not taken back.
Exit code: 0 it serves, or nobody has asked for a drain; 1 it does not serve, or this is the wrong container; 2 the
command line is wrong.
`,
  evictions: `mesh-agent evictions list: shows who is kept out or pinned, why, until when and what to do.
mesh-agent evictions clear ADDRESS: lets one address come back now.
mesh-agent evictions clear --all: lets all of them; without either it clears nobody, and says who there is.

  --all         everybody that the list shows
${root}
Run it in the container of the sidecar. A list needs no engine; a clear does.
Exit code: 0 done, also where there was nothing to clear; 1 nobody has answered, or the engine refused; 2 the
command line is wrong, as with a clear of nobody.
`,
  'log-level': `mesh-agent log-level: shows what the sidecar logs.
mesh-agent log-level debug|info|warn|error: sets it, until the agent restarts.

${root}
Run it in the container of the sidecar.
${exitCodes}`,
  debug: `mesh-agent debug [FILE]: writes what the sidecar knows, without a secret, as one archive (tar, gzip).

  FILE          where; without it the archive goes to the standard output, which must be no terminal
${root}
Run it in the container of the sidecar. What cannot be had stands in the archive as a file that says why.
What was written stands on the error output where the archive goes to the standard output.
Exit code: 0 written; 1 not; 2 the command line is wrong, or the standard output is a terminal.
`,
  gate: `mesh-agent gate: waits until a side may be touched, because another side keeps every client of it.

  --next SIDE                        the side that goes next, one of those that --side names
  --side SIDE=STATEFULSET[,…]/CONFIGMAP
                                     a side of this cluster: its StatefulSets, and the ConfigMap of its settings;
                                     once for each side, in the order in which they go
  --elsewhere SIDE=SETTINGS/ADDRESS@POD[,…]
                                     a side of another cluster: the revision of its settings; of each route server the
                                     address, and the revision of its pod
  --selector LABEL=VALUE             which pods are the route servers
  --fleet CONFIGMAP                  the router-ids of the fleet: it waits until every route server has them
  --timeout SECONDS                  how long to wait, 1 to 86400
  --let-through ADDRESS              a client that is not waited for; may be given again
  --revision HASH                    what the side is to be: where it is that already, nothing changes, and nobody waits
  --turn NAME                        the turn of the fleet: closed at first, whatever is open, and open for the side when
                                     every API server goes by that and the gate opens
  --open-for SECONDS                 for how long, where nobody closes it before, 1 to 86400
  --budget NAME:FIELD=VALUE@SECONDS  the disruption budget: it allows nothing from then on until the turn is closed for
                                     good, at the longest for so long while nothing is open
  --speakers NAMESPACE/DAEMONSET[,…]@HASH[#LABEL]
                                     MetalLB's DaemonSets, and what their pods are to be made of: it waits until the
                                     DaemonSets say so, brings the images of new pods to the nodes of the side before
                                     it looks, and replaces what is outdated there, node by node, when it has opened;
                                     a DaemonSet that has ! before its name is of another backend, and must be gone;
                                     LABEL is the key of the nodes' label of their side (default side)
  --pull-secret SECRET               a Secret of the gate's namespace with which the nodes pull these images; may be
                                     given again
  --root DIR                         put this folder before every path (default /)

Environment: POD_NAMESPACE; POD_NAME and POD_UID, with which the pods that bring images go; KUBECONFIG outside a cluster.
Its ServiceAccount needs: list pods, get and list StatefulSets and ConfigMaps; get and patch the turn and the budget,
get EndpointSlice default/kubernetes. With --speakers: list nodes, create pods; in the other namespace get the
DaemonSets, list and delete pods.
Exit code: 0 the side may be touched; 1 it may not: the time is over, the gate was asked to end, or an argument is
wrong. The reason stands on the error output, and in /dev/termination-log for Kubernetes.
`,
  'removal-gate': `mesh-agent removal-gate: looks for objects of a side that no commit names any more, which Argo CD deletes at the
end of its sync, and opens that side as a gate does. Of several sides it opens the first: the API server refuses the
deletions of the others, and the next try of the sync opens the next one. Where there is no such object it does nothing.

  --side-revision SIDE=HASH          what the objects of the side are: those that say something else are to be deleted
  --announced-in NAMESPACE           where MetalLB's objects are
  --side, --elsewhere, --selector, --fleet, --timeout, --let-through, --turn, --open-for, --budget
                                     as for a gate; see mesh-agent gate --help
  --root DIR                         put this folder before every path (default /)

Environment: POD_NAMESPACE; KUBECONFIG outside a cluster.
Its ServiceAccount needs what a gate's does, and: list Services, NetworkPolicies and MetalLB's objects.
Exit code: 0 nothing is to be deleted, or its side is open; 1 it is not, and the reason stands on the error output and
in /dev/termination-log.
`,
  'close-turn': `mesh-agent close-turn --turn NAME --budget NAME:FIELD=VALUE@SECONDS: closes the turn of a fleet, so that no side may
change, and gives the disruption budget back. What a person opened stays: it ends at its own time, or when a sync takes over.

  --turn NAME   the turn
  --budget …    the disruption budget, and what it allows
  --take-over   what a person opened is closed, too: a sync begins
${root}
It goes on trying for a minute. Its ServiceAccount needs: get and patch the turn and the budget.
Exit code: 0 no turn of a gate is open; 1 it could not be closed, and the reason stands on the error output and in
/dev/termination-log; 2 the command line is wrong. The next gate closes it, or an agent when its time is over.
`,
};
