export * from './device.ts';
export { devicesOf } from './devices-of.ts';
export { notMadeReasons, type NotMadeCode } from './not-made.ts';
export { renderDevices, type NotRendered, type RenderedDevice, type RenderedDevices } from './render-devices.ts';
export { deviceSystems } from './systems/index.ts';
