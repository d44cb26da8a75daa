export * from './asn-patterns.ts';
export * from './config.ts';
export { holdBack, type RejectedChange } from './hold-back/hold-back.ts';
export * from './plan-changes.ts';
export * from './omit.ts';
export * from './render-config.ts';
export * from './running-config.ts';
export type { Statement, StatementContext } from './statements.ts';
export * from './words.ts';
