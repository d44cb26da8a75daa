export * from './render-route-server.ts';
