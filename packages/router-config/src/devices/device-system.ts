import type { Device } from './device.ts';

/** How a system of routers is told what a device is to do: each has the same parts, and one that lacks one is a type error. */
export interface DeviceSystem {
  /** What people call it. */
  readonly title: string;
  /** Behind the name of the device and the system's: "conf". */
  readonly extension: string;
  /** A line of the file that the system passes over. */
  readonly comment: (text: string) => string;
  /** How the file at a path is loaded: a sentence or a command a line. */
  readonly load: (path: string) => readonly string[];
  /** What the text counts on, which is not in it: a sentence a line. */
  readonly assumes: (device: Device) => readonly string[];
  /** The statements, with one final newline. */
  readonly render: (device: Device) => string;
  /** Commands that show whether it works. */
  readonly show: (device: Device) => readonly string[];
  /**
   * What takes the statements back, a command a line, or a comment about what comes between by hand. It takes what the file alone has
   * made; what is attached goes before what it is attached to, and the anycast address before what keeps it in.
   */
  readonly takeBack: (device: Device) => readonly string[];
  /** What it leaves, since others may count on it: a sentence a line. */
  readonly stays: (device: Device) => readonly string[];
}
