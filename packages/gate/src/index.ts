export * from './compare-sides.ts';
export * from './describe-gate.ts';
export * from './judge-gate.ts';
export * from './roll-out.ts';
export * from './route-server-sight.ts';
export * from './see-route-server.ts';
