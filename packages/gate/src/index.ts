export * from './compare-sides.ts';
export * from './describe-gate.ts';
export * from './decide-gate.ts';
export * from './roll-out.ts';
export * from './route-server-sight.ts';
export * from './see-route-server.ts';
