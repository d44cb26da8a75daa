export * from './believe.ts';
export * from './desired.ts';
export * from './guard/eviction-book.ts';
export * from './guard/find-offenders.ts';
export * from './plan.ts';
export * from './rendezvous.ts';
