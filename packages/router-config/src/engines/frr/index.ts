export * from './asn-patterns.ts';
export { isClientAsAllowed } from './client-groups.ts';
export * from './config.ts';
export * from './render-config.ts';
export * from './route-server.ts';
export * from './sort-by-address.ts';
export * from './statements.ts';
export * from './words.ts';
