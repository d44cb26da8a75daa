export * from './frr/command-model.test-data.ts';
export * from './route-server/frr/intents.test-data.ts';
