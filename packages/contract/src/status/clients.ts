export * from './read-clients.ts';
export * from './told-clients.ts';
