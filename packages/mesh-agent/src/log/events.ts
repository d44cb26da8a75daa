/** Every event that the agent logs, with its fixed message; what differs stands in fields, so that equal events count. */
export const logEvents = {
  'sidecar-started': 'The sidecar has started.',
  'sidecar-stopping': 'The sidecar was asked to stop.',
  'sidecar-stopped': 'The sidecar has stopped.',
  'settings-read': 'The settings were read.',
  'settings-doubtful': 'The settings are taken; what they say may not be what is meant.',
  'settings-refused': 'The settings file is wrong; the settings before it stay in force.',
  'settings-not-readable': 'The settings file cannot be read; the settings before it stay in force.',
  'settings-readable': 'The settings file can be read again, and has what it had before.',
  'fleet-read': 'The router-ids of the fleet were read.',
  'fleet-not-readable': 'The router-ids of the fleet cannot be read; those before them stay in force.',
  'fleet-unknown':
    'The router-ids of the fleet are not known; until they are, no mesh session is evicted for its router-id.',
  'engine-connected': 'The routing engine answers.',
  'engine-awaited': 'The routing engine does not answer; it is tried again and again.',
  'engine-lost': 'The connection to the routing engine ended.',
  'engine-failed': 'The routing engine refused an operation.',
  'engine-not-understood':
    'The engine said something that the agent does not understand, or is not heard; all else goes on.',
  'engine-drifted': 'The engine runs something else than it was given; it is given again.',
  'changes-left-out':
    'Changes of the engine would have ended sessions of clients, and nobody had asked the other sides about them: they are left out, and asked about.',
  'peers-changed': 'The peers of the mesh changed.',
  'engine-changed': 'The configuration of the engine changed.',
  'source-doubted': 'The source of a mesh group gives no usable answer; the last good set of peers stays.',
  'source-not-understood':
    'The source of a mesh group says something that is passed over; all else of its answer counts.',
  'source-recovered': 'The source of a mesh group gives usable answers again.',
  'settings-not-kept':
    'The settings are in force, and could not be kept for an agent that comes back to a file that is wrong by then.',
  'source-stopped': 'The source of a mesh group stopped unexpectedly; it is started again.',
  'peers-left-out': 'A mesh group has addresses that are not taken as peers.',
  'session-evicted': 'A session that breaks the policy was evicted.',
  'eviction-ended': 'An eviction ended; the address may come again.',
  'client-pinned':
    'The engine closed a range client twice within 10 min; it knows the client as a neighbor now, and can hold it down.',
  'client-unpinned': 'A client is no longer pinned; it comes from its range again.',
  'range-clients-kept':
    'The engine had ended, and was started with the clients of listen ranges, and each address of narrow ones, as neighbors: what one of them ended it with, if it was one, is taken off its routes now.',
  'range-addresses-reserved':
    'The engine has more addresses of narrow client ranges as neighbors, each by itself: nobody comes from there in another way.',
  'client-held':
    'The engine holds a client down, because it sent more routes than it may (maximumPrefixes); it is taken again from time to time.',
  'client-released': 'The engine no longer holds a client down for its maximum-prefix.',
  'range-neighbors-many':
    'The neighbors from client ranges have most of the places that the engine has for them; when all are taken, clients are refused.',
  'range-neighbors-full':
    'The engine has no place left for neighbors from client ranges: a client that comes to its range now is refused.',
  'range-neighbors-cleared':
    'Connections from client ranges that became no session were ended, so that clients find a place; the metric counts them.',
  'range-neighbors-few': 'The engine has room for neighbors from client ranges again.',
  'evictions-full':
    'A session breaks the policy and stays, or a client that was closed twice within 10 min is not pinned, because no more are possible.',
  ready: 'The route server is ready.',
  'peers-not-converged':
    'The mesh is not whole: these peers had the time to send their routes, and nobody waits longer.',
  'clients-awaited': 'The mesh has converged, and clients of other route servers are not back here yet.',
  'clients-not-back': 'The route server is ready without all clients: they had the time to come back.',
  'clients-lost':
    'Clients that the route server had are with another side alone; it is not ready for a time, so that nobody drains that side.',
  'clients-lost-for-long':
    'Lost clients do not count against the route server any more: they are not back, and their time is over.',
  unready: 'The route server is no longer ready.',
  'drain-asked': 'A drain was asked for by hand; the other route servers are asked whether they have every client.',
  'drain-refused': 'The drain that was asked for by hand is refused; no session has ended by it.',
  'drain-takes': 'The drain is forced, and takes the last session of clients, or nobody knows whether it does.',
  'drain-started': 'The drain has started.',
  'drain-step': 'The drain has come a step further.',
  'drain-failed-step': 'A step of the drain failed and is tried again.',
  'drain-ended': 'The drain has ended.',
  'hold-waits': 'Sessions of clients are kept: some have none with another side, or another side goes first.',
  'hold-ended': 'The sessions that were kept may end: each of these clients has one with another side.',
  'hold-given-up':
    'The sessions that were kept end, although these clients have none with another side, as far as is known: their time is over, or another side needs the rest of its own.',
  'settings-pending':
    'Changes of the settings wait, because they would end sessions of clients that have none with another side, as far as is known yet; all else is applied.',
  'drain-resumed': 'The drain that an agent before this one has begun goes on.',
  'drain-taken-back': 'The drain was taken back; clients are let in again as soon as the engine answers.',
  'drain-undone': 'Clients are let in again after a drain that was taken back.',
  'drain-void': 'The drain was asked of a process of the engine that is gone; the engine serves.',
  'state-not-taken': 'What an agent before this one has kept does not count.',
  'state-not-written': 'What the agent keeps over its own restart cannot be written.',
  'http-listening': 'The HTTP server listens, on a port for everybody and on one for the probes.',
  'http-not-inside':
    'Nobody reaches the agent by a port-forward: another process has its port at 127.0.0.1, in the host\u2019s network another agent.',
  'http-refused': 'Connections were refused, so that the others are served.',
  'request-failed': 'A request could not be answered.',
  'requests-not-heard':
    'The agent takes no requests of its command line yet (evictions, debug, log-level); all else goes on, and it tries again.',
  'gate-waiting': 'The side that goes next waits.',
  'gate-warning': 'Something about the gate needs attention.',
  'gate-open': 'The side that goes next may be touched.',
  'gate-refused': 'The side that goes next was not changed.',
  'speaker-images': 'The images that new pods of MetalLB need are on the nodes of the side.',
  'speakers-replaced': "MetalLB's pods of a node were deleted, and new ones are Ready in their place.",
  'speakers-left': "MetalLB's pods of these nodes are outdated, and stay as they are; each says why.",
  'removal-found': 'Objects of a side are there that no commit names any more; Argo CD deletes them.',
  'removal-ignored':
    'Objects bear the labels of a side, and neither does the commit name them nor Argo CD delete them: whoever made them takes them away.',
  'removal-nothing': 'Everything of the sides is named by the commit: nothing is deleted.',
  'turn-closing': 'A turn is closed, so that no side may change.',
  'turn-closed': 'A turn was closed: no side may change.',
  'evictions-wait':
    'A turn was closed, and the disruption budget allows nothing for so many `seconds` more, until what was changed before has had its effect.',
  'turn-open': 'A side may change, whoever changes it, until its turn is closed.',
  'turn-not-asked': 'An API server was not asked for its copy of the turn.',
  'turn-not-closed': 'A turn could not be closed; it is tried again.',
  'budget-not-held':
    'The disruption budget is not as generated; evictions go by what it says, as a person wants who opens by force.',
  'budget-released': 'The disruption budget had allowed nothing for longer than any gate looks.',
  'budget-not-known':
    'The disruption budget cannot be read, or not be given back; turns are closed all the same, and it is tried again.',
  'turn-not-recorded': 'What was open or closed is not in the list of Events.',
  'interlock-absent': 'No admission policy asks for the turn: nothing keeps the sides apart but the order of a sync.',
  'interlock-enforced': 'The API server keeps one side at a time again.',
  'turn-not-known': 'What is open cannot be read.',
  'termination-log-not-written': 'The reason of the end could not be left for Kubernetes.',
  'log-level-changed': 'The level of the log was changed; a restart of the agent takes it back.',
  'source-looked': 'The source of a mesh group was looked at.',
  'engine-applied': 'The engine was given its configuration.',
  'sessions-changed': 'Sessions of the engine changed.',
  'log-lines-dropped': 'The log takes lines again; some were dropped while nobody took them.',
  unexpected: 'Something failed that should not be able to fail; please report it.',
} as const;

export type LogEvent = keyof typeof logEvents;
