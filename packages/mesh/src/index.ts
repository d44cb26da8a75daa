export * from './accept-peers.ts';
export * from './desired.ts';
export * from './guard/eviction-book.ts';
export * from './guard/find-offenders.ts';
export * from './explain-peer-changes.ts';
export * from './one-session-a-pair.ts';
export * from './rendezvous.ts';
