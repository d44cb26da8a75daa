export * from './overlay.ts';
export * from './to-frr-config.ts';
