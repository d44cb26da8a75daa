export * from './route-server/render-route-server.ts';
