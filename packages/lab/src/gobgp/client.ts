import { join } from 'node:path';
import { credentials, loadPackageDefinition, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { z } from 'zod';
import { LabFailure } from '../host/failure.ts';
import { pathSchema, peerSchema, type GobgpPath, type GobgpPeer, type NewPath } from './messages.ts';

/** The interface of a gobgpd (GoBGP's proto/api/gobgp.proto), as far as the lab uses it. */
export interface GobgpClient {
  addPath(path: NewPath): Promise<void>;
  deletePath(path: NewPath): Promise<void>;
  listPeers(): Promise<GobgpPeer[]>;
  /** Of EVPN: what it originates and selects (`global`), or what a neighbor has sent. */
  listPaths(table: 'global' | { readonly neighbor: string }): Promise<GobgpPath[]>;
  /** Calls back with what happens until `close`. */
  watch(listener: WatchListener): { close(): void };
  close(): void;
}

export interface WatchListener {
  onPeer(peer: GobgpPeer): void;
  onPaths(paths: readonly GobgpPath[]): void;
  onEnd(error: Error | undefined): void;
}

export const evpnFamily = { afi: 'AFI_L2VPN', safi: 'SAFI_EVPN' } as const;

/** Reads the interface's definition in the folder of GoBGP's module. */
export function gobgpConnector(moduleFolder: string): (socket: string) => GobgpClient {
  const root = join(moduleFolder, 'proto');
  const definition = loadSync(join(root, 'api/gobgp.proto'), {
    includeDirs: [root],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as { api: { GoBgpService: ServiceConstructor } };
  return (socket) => connect(new loaded.api.GoBgpService(`unix://${socket}`, credentials.createInsecure()), socket);
}

type Callback = (error: ServiceError | null, answer: unknown) => void;
interface CallOptions {
  readonly deadline?: number;
}

/** What grpc-js makes of the definition; it knows no types of it. */
interface Service {
  AddPath(request: object, options: CallOptions, callback: Callback): unknown;
  DeletePath(request: object, options: CallOptions, callback: Callback): unknown;
  ListPeer(request: object, options: CallOptions): ClientReadableStream<unknown>;
  ListPath(request: object, options: CallOptions): ClientReadableStream<unknown>;
  WatchEvent(request: object): ClientReadableStream<unknown>;
  close(): void;
}
type ServiceConstructor = new (address: string, security: ReturnType<typeof credentials.createInsecure>) => Service;

const peerAnswer = z.object({ peer: peerSchema });
const pathAnswer = z.object({ destination: z.object({ paths: z.array(pathSchema) }) });
const eventAnswer = z.object({
  peer: z.object({ type: z.string(), peer: peerSchema }).nullish(),
  table: z.object({ paths: z.array(pathSchema) }).nullish(),
});

function connect(service: Service, socket: string): GobgpClient {
  const options = (): CallOptions => ({ deadline: Date.now() + 20_000 });
  const failure = (operation: string, error: Error): LabFailure =>
    new LabFailure({
      code: 'refused',
      message: `gobgpd at ${socket}: ${operation}: ${error.message}`,
      next: 'read its log: meshrs lab logs LAB gobgpd.CLIENT',
      cause: error,
    });
  const collect = (operation: string, stream: ClientReadableStream<unknown>): Promise<unknown[]> =>
    new Promise((resolve, reject) => {
      const answers: unknown[] = [];
      stream.on('data', (answer: unknown) => answers.push(answer));
      stream.on('end', () => {
        resolve(answers);
      });
      stream.on('error', (error: Error) => {
        reject(failure(operation, error));
      });
    });
  const change = (operation: 'AddPath' | 'DeletePath', path: NewPath): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = { tableType: 'TABLE_TYPE_GLOBAL', family: evpnFamily, path: { ...path, family: evpnFamily } };
      service[operation](request, options(), (error) => {
        if (error) reject(failure(operation, error));
        else resolve();
      });
    });
  return {
    addPath: (path) => change('AddPath', path),
    deletePath: (path) => change('DeletePath', path),
    listPeers: async () => {
      const answers = await collect('ListPeer', service.ListPeer({ enableAdvertised: true }, options()));
      return answers.map((answer) => peerAnswer.parse(answer).peer);
    },
    listPaths: async (table) => {
      const form = { family: evpnFamily, enableNlriBinary: true, enableAttributeBinary: true };
      const request =
        table === 'global'
          ? { ...form, tableType: 'TABLE_TYPE_GLOBAL' }
          : { ...form, tableType: 'TABLE_TYPE_ADJ_IN', name: table.neighbor };
      const answers = await collect('ListPath', service.ListPath(request, options()));
      return answers.flatMap((answer) => pathAnswer.parse(answer).destination.paths);
    },
    watch: (listener) => {
      const stream = service.WatchEvent({ peer: {}, table: { filters: [{ type: 'TYPE_ADJIN', init: true }] } });
      stream.on('data', (answer: unknown) => {
        const { peer, table } = eventAnswer.parse(answer);
        if (peer) listener.onPeer(peer.peer);
        if (table) listener.onPaths(table.paths);
      });
      stream.on('end', () => {
        listener.onEnd(undefined);
      });
      stream.on('error', (error: Error) => {
        listener.onEnd(error);
      });
      return {
        close: () => {
          stream.cancel();
        },
      };
    },
    close: () => {
      service.close();
    },
  };
}
