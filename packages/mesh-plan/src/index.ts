export * from './believe.ts';
export * from './desired.ts';
export * from './plan.ts';
export * from './rendezvous.ts';
